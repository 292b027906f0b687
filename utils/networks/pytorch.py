"""PyTorch's LSTM on the course's numbers, where PyTorch is installed. The course never needs it.

Weights come and go as NumPy arrays in PyTorch's own layout (unit 17's `to_torch`), float64.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["installed", "layer", "states", "trained"]

Array = np.ndarray


def installed() -> Any:
    """The module torch, or None where it is not installed, and while a submission is graded."""
    if "NBGRADER_EXECUTION" in os.environ:
        return None
    try:
        return import_module("torch")
    except ImportError:
        return None


def layer(state: Mapping[str, Array]) -> Any:
    """torch.nn.LSTM in float64 with a copy of these weights: weight_ih_l0 (4H, D) and so on."""
    torch = import_module("torch")
    (four_H, D), H = state["weight_ih_l0"].shape, state["weight_hh_l0"].shape[1]
    if four_H != 4 * H:
        raise ValueError(f"weight_ih_l0 has {four_H} rows, not 4 · {H}")
    made = torch.nn.LSTM(D, H, dtype=torch.float64)
    made.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return made


def states(state: Mapping[str, Array], x: Array, h0: Array, c0: Array) -> tuple[Array, Array]:
    """What nn.LSTM makes of x (T, N, D) from h0, c0 (N, H): h (T, N, H) and the last c (N, H)."""
    torch = import_module("torch")
    with torch.no_grad():
        h, (_, c) = layer(state)(*_given(torch, x, h0, c0))
    return h.numpy(), c[0].numpy()


def _given(torch: Any, x: Array, h0: Array, c0: Array) -> tuple[Any, tuple[Any, Any]]:
    return torch.from_numpy(x), (torch.from_numpy(h0[None]), torch.from_numpy(c0[None]))


def trained(
    state: Mapping[str, Array],
    V: Array,
    b_y: Array,
    x: Array,
    targets: Array,
    updates: int,
    lr: float,
    *,
    both_biases: bool,
) -> tuple[Array, dict[str, Array]]:
    """The run of utils.training.twin in PyTorch: nn.LSTM, nn.Linear, CrossEntropyLoss, Adam.

    state: the LSTM's weights at the start, V (H, K) and b_y (K,) the output layer's. x (W, T, N, D)
    and targets (W, T, N): W windows, read in turn, each from states of zero. both_biases: whether
    bias_hh_l0 is trained too, as it is in PyTorch unless somebody forbids it.
    Returns the loss before each update (updates,), and the gradients of the first one by name.
    """
    torch = import_module("torch")
    lstm, linear = layer(state), torch.nn.Linear(*V.shape, dtype=torch.float64)
    linear.load_state_dict({"weight": torch.tensor(V.T.copy()), "bias": torch.tensor(b_y)})
    lstm.bias_hh_l0.requires_grad_(both_biases)
    named = {**dict(lstm.named_parameters()), **dict(linear.named_parameters())}
    free = [parameter for parameter in named.values() if parameter.requires_grad]
    adam = torch.optim.Adam(free, lr=lr)
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    losses, first = [], {}
    for update in range(updates):
        w = update % len(x)
        h, _ = lstm(torch.from_numpy(x[w]))
        logits, wanted = linear(h), torch.from_numpy(targets[w])
        loss = criterion(logits.reshape(-1, logits.shape[-1]), wanted.reshape(-1)) / x.shape[2]
        adam.zero_grad()
        loss.backward()
        if not update:
            first = {n: p.grad.numpy().copy() for n, p in named.items() if p.grad is not None}
        adam.step()
        losses.append(loss.item())
    return np.array(losses), first
