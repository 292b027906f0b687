"""The LSTM's relatives at work: networks made of functions, trained on the tasks of unit 16.

A network here is a dict of weights and two functions over whole sequences. They are made of the
functions that the learner wrote, so what learns is the learner's own code.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from utils.training.small_tasks import Task, counting
from utils.training.train import Adam, clip, falling

__all__ = [
    "Net",
    "bidirectional",
    "both_ways_twice",
    "counts_up_to",
    "gru",
    "learn",
    "peephole",
    "stacked",
    "trials",
]

Array = np.ndarray
Params = dict[str, Array]


class Net:
    """A recurrent network with a softmax layer on top.

    params: its weights by name; V (width, K) and b_y (K,) are added here. They are copied into one
    array, `flat`, of which `params` shows the parts. forward(x, params) → h (T, N, width).
    backward(dh, x, params) → gradients by name; it runs the way forward anew where it has to.
    """

    def __init__(
        self,
        forward: Callable[[Array, Params], Array],
        backward: Callable[[Array, Array, Params], Params],
        params: Params,
        rng: np.random.Generator,
        width: int,
        K: int,
    ) -> None:
        self.forward, self.backward = forward, backward
        params = params | {"V": rng.normal(size=(width, K)) / np.sqrt(width), "b_y": np.zeros(K)}
        self.flat = np.concatenate([array.ravel() for array in params.values()])
        ends = np.cumsum([array.size for array in params.values()])
        pieces = np.split(self.flat, ends[:-1])  # views: what Adam adds to `flat` they show
        self.params = {
            name: piece.reshape(array.shape)
            for (name, array), piece in zip(params.items(), pieces, strict=True)
        }

    def logits(self, x: Array) -> Array:
        """x: (T, N, D). Returns (T, N, K)."""
        return self.forward(x, self.params) @ self.params["V"] + self.params["b_y"]

    def loss(self, task: Task, params: Params) -> float:
        """The mean cross-entropy of the answers that are asked for, with other weights."""
        z = self.forward(task.x, params) @ params["V"] + params["b_y"]
        right = np.take_along_axis(_log_softmax(z), task.targets[..., None], axis=2)[..., 0]
        return float(-(right * task.asked).sum() / task.asked.sum())

    def loss_and_gradients(self, task: Task) -> tuple[float, Params]:
        """The loss and its gradient for every array of `params`, by name."""
        h = self.forward(task.x, self.params)
        log_p = _log_softmax(h @ self.params["V"] + self.params["b_y"])
        right = np.take_along_axis(log_p, task.targets[..., None], axis=2)
        d = np.exp(log_p)
        np.put_along_axis(d, task.targets[..., None], np.exp(right) - 1, axis=2)
        d *= (task.asked / task.asked.sum())[..., None]
        grads = self.backward(d @ self.params["V"].T, task.x, self.params)
        grads = grads | {"V": np.einsum("tnh,tnk->hk", h, d), "b_y": d.sum(axis=(0, 1))}
        return float(-(right[..., 0] * task.asked).sum() / task.asked.sum()), grads

    def errors(self, task: Task) -> float:
        """The share of wrong answers among those that are asked for."""
        wrong = self.logits(task.x).argmax(axis=2) != task.targets
        return float((wrong & task.asked).sum() / task.asked.sum())


def _log_softmax(z: Array) -> Array:
    z = z - z.max(axis=2, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=2, keepdims=True))


def learn(
    net: Net, draw: Callable[[np.random.Generator], Task], updates: int, seed: int, lr: float = 0.02
) -> Array:
    """Train with Adam on fresh batches of `draw(rng)`. Returns the losses (updates,).

    Gradients are clipped to norm 1. The learning rate is whole for the first half of the updates
    and falls straight to 0 in the second.
    """
    rng, adam, losses = np.random.default_rng([seed, 1]), Adam(net.flat), np.empty(updates)
    for update in range(updates):
        losses[update], grads = net.loss_and_gradients(draw(rng))
        flat = np.concatenate([grads[name].ravel() for name in net.params])
        clip(flat, 1.0)
        adam.update(flat, falling(lr, update + 1, updates))
    return losses


def trials(
    nets: Mapping[str, Callable[[int], Net]],
    draw: Callable[[np.random.Generator], Task],
    score: Callable[[Net], float],
    seeds: Sequence[int],
    updates: int,
    lr: float = 0.02,
) -> dict[str, Array]:
    """Train each network from each seed. nets: name → (seed → network). Returns scores by name.

    Networks of the same seed see the same batches. One line is printed for each name: weights,
    scores, and seconds for one seed.
    """
    scores = {}
    for name, build in nets.items():
        begun, got = time.perf_counter(), []
        for seed in seeds:
            net = build(seed)
            learn(net, draw, updates, seed, lr)
            got.append(score(net))
        scores[name] = np.array(got)
        seconds = (time.perf_counter() - begun) / len(seeds)
        each = "  ".join(f"{value:.4g}" for value in got)
        print(f"{name:28}{net.flat.size:6,} weights  {seconds:4.1f} s a seed   {each}")
    return scores


def counts_up_to(net: Net, most: int = 100) -> int:
    """The largest n for which every string aᵏ bᵏ with k = 1 … n is answered without a mistake."""
    for n in range(1, most + 1):
        if net.errors(counting(np.array([n]))) > 0:
            return n - 1
    return most


# --- networks of a workbook's functions ---------------------------------------------------------


def _cell(rng: np.random.Generator, D: int, H: int, gates: str, peeks: str = "") -> Params:
    """Weights as unit 08 draws them; a gate that keeps (f or z) begins open, with a bias of 1."""
    params = {}
    for a in gates:
        params[f"U_{a}"] = rng.normal(size=(D, H)) / np.sqrt(D)
        params[f"W_{a}"] = rng.normal(size=(H, H)) / np.sqrt(H)
        params[f"b_{a}"] = np.full(H, 1.0 if a in "fz" else 0.0)
    return params | {f"p_{a}": np.zeros(H) for a in peeks}


def _add(total: Params, own: Mapping[str, Array]) -> None:
    for name, gradient in own.items():
        total[name] = total[name] + gradient if name in total else gradient


def gru(mine: Any, cache: Callable[..., Params], seed: int, D: int, H: int, K: int) -> Net:
    """Of mine.gru_step and mine.gru_step_backward; cache(x, h_prev, params) is between them."""

    def forward(x: Array, params: Params) -> Array:
        h, states = np.zeros((x.shape[1], H)), []
        for x_t in x:
            h = mine.gru_step(x_t, h, params)
            states.append(h)
        return np.stack(states)

    def backward(dh: Array, x: Array, params: Params) -> Params:
        before = np.concatenate([np.zeros((1, *dh.shape[1:])), forward(x, params)[:-1]])
        grads: Params = {}
        arriving = np.zeros_like(dh[0])
        for t in reversed(range(len(x))):
            kept = cache(x[t], before[t], params)
            _, arriving, own = mine.gru_step_backward(dh[t] + arriving, kept, params)
            _add(grads, own)
        return grads

    rng = np.random.default_rng(seed)
    return Net(forward, backward, _cell(rng, D, H, "zrg"), rng, H, K)


def peephole(mine: Any, cache: Callable[..., Params], seed: int, D: int, H: int, K: int) -> Net:
    """Of mine.peephole_step and its backward half; the peepholes begin at 0, as an LSTM does."""

    def walk(x: Array, params: Params) -> tuple[Array, list[tuple[Array, Array]]]:
        h = c = np.zeros((x.shape[1], H))
        states, before = [], []
        for x_t in x:
            before.append((h, c))
            h, c = mine.peephole_step(x_t, h, c, params)
            states.append(h)
        return np.stack(states), before

    def backward(dh: Array, x: Array, params: Params) -> Params:
        _, before = walk(x, params)
        grads: Params = {}
        dh_next = dc_next = np.zeros_like(dh[0])
        for t in reversed(range(len(x))):
            kept = cache(x[t], *before[t], params)
            _, dh_next, dc_next, own = mine.peephole_step_backward(
                dh[t] + dh_next, dc_next, kept, params
            )
            _add(grads, own)
        return grads

    rng = np.random.default_rng(seed)
    params = _cell(rng, D, H, "figo", "fio")
    return Net(lambda x, params: walk(x, params)[0], backward, params, rng, H, K)


def _layers(params: Params, L: int) -> list[Params]:
    return [
        {name[:-2]: array for name, array in params.items() if name.endswith(f" {k}")}
        for k in range(L)
    ]


def _numbered(layers: list[Params]) -> Params:
    return {f"{name} {k}": array for k, layer in enumerate(layers) for name, array in layer.items()}


def stacked(mine: Any, seed: int, D: int, H: int, K: int, L: int = 2) -> Net:
    """Of mine.stacked_forward and mine.stacked_backward: L layers of H units."""

    def forward(x: Array, params: Params) -> Array:
        zero = np.zeros((L, x.shape[1], H))
        return mine.stacked_forward(x, zero, zero, _layers(params, L))[0]

    def backward(dh: Array, x: Array, params: Params) -> Params:
        zero = np.zeros((L, x.shape[1], H))
        return _numbered(mine.stacked_backward(dh, x, zero, zero, _layers(params, L))[3])

    rng = np.random.default_rng(seed)
    layers = [_cell(rng, H if k else D, H, "figo") for k in range(L)]
    return Net(forward, backward, _numbered(layers), rng, H, K)


def bidirectional(mine: Any, seed: int, D: int, H: int, K: int) -> Net:
    """Of mine.bidirectional_forward and mine.bidirectional_backward: H units each way."""

    def forward(x: Array, params: Params) -> Array:
        zero = np.zeros((2, x.shape[1], H))
        return mine.bidirectional_forward(x, zero, zero, *_layers(params, 2))

    def backward(dh: Array, x: Array, params: Params) -> Params:
        zero = np.zeros((2, x.shape[1], H))
        both = mine.bidirectional_backward(dh, x, zero, zero, *_layers(params, 2))
        return _numbered(list(both[3:]))

    rng = np.random.default_rng(seed)
    ways = [_cell(rng, D, H, "figo") for _ in range(2)]
    return Net(forward, backward, _numbered(ways), rng, 2 * H, K)


def both_ways_twice(mine: Any, seed: int, D: int, H: int, K: int) -> Net:
    """A bidirectional layer above another one: the upper reads what both halves below say."""

    def below(x: Array, layers: list[Params]) -> tuple[Array, Array]:
        zero = np.zeros((2, x.shape[1], H))
        return mine.bidirectional_forward(x, zero, zero, *layers[:2]), zero

    def forward(x: Array, params: Params) -> Array:
        layers = _layers(params, 4)
        h, zero = below(x, layers)
        return mine.bidirectional_forward(h, zero, zero, *layers[2:])

    def backward(dh: Array, x: Array, params: Params) -> Params:
        layers = _layers(params, 4)
        h, zero = below(x, layers)
        dh, _, _, *above = mine.bidirectional_backward(dh, h, zero, zero, *layers[2:])
        _, _, _, *own = mine.bidirectional_backward(dh, x, zero, zero, *layers[:2])
        return _numbered([*own, *above])

    rng = np.random.default_rng(seed)
    layers = [_cell(rng, D if k < 2 else 2 * H, H, "figo") for k in range(4)]
    return Net(forward, backward, _numbered(layers), rng, 2 * H, K)
