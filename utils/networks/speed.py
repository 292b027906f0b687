"""How long several ways to compute the same take on this computer, taken in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np

from utils.networks import pytorch
from utils.networks.lstm import LSTM

__all__ = ["contenders", "in_turn"]

Array = np.ndarray
Run = Callable[[], Any]


def in_turn(runs: Mapping[str, Run], rounds: int = 7) -> dict[str, float]:
    """Seconds of each run: the median of so many rounds, in each of which every run has its turn.

    One round before them warms up. A run that is short is repeated for 20 ms a round.
    """
    repeats = {}
    for name, run in runs.items():
        run()
        start = time.perf_counter()
        run()
        repeats[name] = max(1, round(0.02 / (time.perf_counter() - start)))
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                run()
            taken[name].append((time.perf_counter() - start) / repeats[name])
    return {name: median(times) for name, times in taken.items()}


def contenders(
    functions: Any, params: Mapping[str, Array], state: Mapping[str, Array], T: int, N: int,
    rng: np.random.Generator,
) -> dict[str, tuple[Run, Run]]:  # fmt: skip
    """Name → (forward pass, forward and backward pass) on the same x (T, N, D) and dh (T, N, H).

    functions: has lstm_forward and lstm_backward. params: the cell's weights; state: the same in
    PyTorch's layout. nn.LSTM is among them where PyTorch is installed, on one thread.
    """
    D, H = params["U_f"].shape
    x, dh, zero = rng.normal(size=(T, N, D)), rng.normal(size=(T, N, H)), np.zeros((N, H))
    cell = {name: array for name, array in params.items() if name not in ("V", "b_y")}
    runs: dict[str, tuple[Run, Run]] = {}

    def step_by_step(back: bool) -> Any:
        h, _, caches = functions.lstm_forward(x, zero, zero, cell)
        return functions.lstm_backward(dh, caches, cell) if back else h

    runs["yours, step by step"] = (lambda: step_by_step(False)), (lambda: step_by_step(True))
    for dtype in (np.float64, np.float32):
        net = LSTM.from_params(cell, dtype)
        given, arriving = x.astype(dtype), dh.astype(dtype)
        runs[f"the course's fast LSTM, {dtype.__name__}"] = _both(net, given, arriving)
    torch = pytorch.installed()
    if torch is not None:
        torch.set_num_threads(1)
        for kind in (torch.float64, torch.float32):
            layer = pytorch.layer(state).to(kind)
            given, arriving = (torch.from_numpy(a).to(kind) for a in (x, dh))
            name = f"nn.LSTM {torch.__version__}, {str(kind).removeprefix('torch.')}"
            runs[name] = _torch(torch, layer, given, arriving)
    return runs


def _both(net: LSTM, x: Array, dh: Array) -> tuple[Run, Run]:
    def both() -> Any:
        net.forward(x)
        return net.backward(dh)

    return (lambda: net.forward(x)), both


def _torch(torch: Any, layer: Any, x: Any, dh: Any) -> tuple[Run, Run]:
    def forward() -> Any:
        with torch.no_grad():
            return layer(x)[0]

    def both() -> None:
        layer.zero_grad()
        layer(x)[0].backward(dh)

    return forward, both
