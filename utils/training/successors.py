"""The LSTM's successors of unit 21 on tasks of units 13 and 15: one kind, task and seed a run.

Every kind gets the same strings, the same number of updates and the same optimiser; what differs is
the network, with about as many weights for each. What is measured is the share that is wrong on
fresh data after a fixed budget, so that nobody is stopped at a lucky moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from utils.networks.after_lstm import Stack
from utils.networks.lstm import LSTM
from utils.training.last_step import gradients, wrong
from utils.training.tasks import BRACKETS, adding, anbn, brackets_and_quotes, reber_strings
from utils.training.train import Adam, clip

__all__ = ["NETWORKS", "TASKS", "Outcome", "network", "run"]

Array = np.ndarray

# name → (kind, layers, units that give about 1,600 weights with 7 inputs and 7 outputs)
NETWORKS: dict[str, tuple[str, int, int]] = {
    "LSTM": ("LSTM", 1, 16),
    "sLSTM": ("sLSTM", 1, 16),
    "minLSTM, one layer": ("minLSTM", 1, 50),
    "minLSTM, two layers": ("minLSTM", 2, 19),
    "weighted mean, two layers": ("minLSTM, weighted mean", 2, 19),
    "mLSTM, one layer": ("mLSTM", 1, 38),
    "mLSTM, two layers": ("mLSTM", 2, 16),
}
UPDATES = {
    "embedded Reber": 1250,
    "adding, T = 100": 2000,
    "aⁿbⁿ": 3000,
    "brackets and quotes": 1500,
}
TASKS = tuple(UPDATES)
SIZES = {
    "embedded Reber": (7, 7),
    "adding, T = 100": (2, 1),
    "aⁿbⁿ": (4, 4),
    "brackets and quotes": (8, 8),
}  # inputs and outputs


class Outcome(NamedTuple):
    """What came of a run.

    score: share of fresh strings or sequences that are wrong (of brackets and quotes: of steps); of
    aⁿbⁿ, the n up to which all are right (tested up to 60). seconds: of training, processor time.
    weights: how many there are.
    """

    score: float
    seconds: float
    weights: int


def network(name: str, task: str, seed: int) -> Any:
    """One of NETWORKS with the sizes of a task; on long lags its gates begin open."""
    kind, layers, H = NETWORKS[name]
    D, K = SIZES[task]
    begin: dict[str, Any] = {"rng": np.random.default_rng(seed)}
    if task.startswith("adding"):
        begin |= {"input_scale": 1, "input_bias": -2}
        # an exponential gate is 1 at 0 and keeps all; a sigmoid has to begin far to the right
        begin["forget_bias"] = 0 if kind == "sLSTM" else 5
    elif kind == "sLSTM":
        begin["forget_bias"] = 0
    return (
        LSTM(D, H, K, **begin) if kind == "LSTM" else Stack(kind, D, H, K, layers=layers, **begin)
    )


def run(
    name: str,
    task: str,
    seed: int,
    steps_right: Callable[[Array, Array], Array],
    strings_right: Callable[[Array, Array], Array],
    updates: int = 0,
) -> Outcome:
    """Train one network on one task, Adam at 0.01 down to 0 along half a cosine, and score it.

    steps_right, strings_right: the learner's, of unit 15. updates: UPDATES of the task where 0.
    """
    updates = updates or UPDATES[task]
    model = network(name, task, seed)
    rng, adam = np.random.default_rng([seed, 1]), Adam(model.flat, lr=0.01)
    started = time.process_time()
    for update in range(1, updates + 1):
        if task.startswith("adding"):
            gradients(model, adding(rng, 32))
        elif task == "aⁿbⁿ":
            counts = rng.integers(1, 11, size=16)
            ids, _ = anbn(counts)
            asked = np.arange(len(ids))[:, None] <= 2 * counts
            model.loss_and_gradients(ids, np.vstack([ids[1:], np.full((1, 16), 3)]), mask=asked)
        elif task == "brackets and quotes":
            ids, _, _ = brackets_and_quotes(rng, 16, 61)
            model.loss_and_gradients(ids[:-1], ids[1:])
        else:
            ids, _, lengths = reber_strings(rng, 16)
            asked = np.arange(len(ids) - 1)[:, None] < lengths - 1
            model.loss_and_gradients(ids[:-1], ids[1:], mask=asked)
        clip(model.flat_grads, 1.0 if task.startswith("adding") else 5.0)
        adam.update(model.flat_grads, 0.01 * 0.5 * (1 + np.cos(np.pi * update / updates)))
    seconds = time.process_time() - started
    return Outcome(_score(model, task, seed, steps_right, strings_right), seconds, model.flat.size)


def _score(model: Any, task: str, seed: int, steps_right: Any, strings_right: Any) -> float:
    rng = np.random.default_rng([seed, 2])
    if task.startswith("adding"):
        return wrong(model, adding(rng, 1000)) / 1000
    if task == "aⁿbⁿ":
        counts = np.arange(1, 61)
        ids, legal = anbn(counts)
        right = strings_right(steps_right(model.logits(model.forward(ids)), legal), 2 * counts + 1)
        return float(np.argmin(np.r_[right, False]))
    if task == "brackets and quotes":
        ids, depth, quoted = brackets_and_quotes(rng, 200, 60)
        right = steps_right(model.logits(model.forward(ids)), _may_follow(depth, quoted))
        return float(1 - right.mean())
    ids, legal, lengths = reber_strings(rng, 1000)
    right = steps_right(model.logits(model.forward(ids)), legal)
    return float(1 - strings_right(right, lengths - 1).mean())


def _may_follow(depth: Array, quoted: Array) -> Array:
    """(T, N, 8): which of BRACKETS may come next. See `brackets_and_quotes`."""
    legal = np.ones((*depth.shape, len(BRACKETS)), dtype=bool)
    legal[..., BRACKETS.index("(")] = quoted | (depth < 6)
    legal[..., BRACKETS.index(")")] = quoted | (depth > 0)
    legal[..., BRACKETS.index(".")] = ~quoted & (depth == 0)
    return legal
