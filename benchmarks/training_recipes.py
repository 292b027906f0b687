"""Over how many seeds do the recipes of unit 12 hold? `python benchmarks/training_recipes.py TASK`.

TASK: adding, adding-rnn, adding-rnn-orthogonal, adding-rnn-identity, order, order-rnn,
forget-bias-0 … -5. One line per seed, then how many are solved: at most 25 of 2,560 fresh sequences
wrong, counted as in the 1997 paper. The optimiser is Adam on clipped gradients (norm 1), batches of
32; the LSTM is utils.networks.lstm, which computes what the learner's own does. One BLAS thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import utils  # one BLAS thread, set before NumPy is imported

# isort: split
import numpy as np

from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.training.last_step import gradients, wrong
from utils.training.tasks import adding, temporal_order
from utils.training.train import Adam, clip, falling

utils.one_thread()

BATCH, TEST, ALLOWED = 32, 2560, 25
Task = Callable[..., Any]
SIZES = {adding: (2, 1), temporal_order: (8, 4)}


def lstm(task: Task, rng: np.random.Generator, forget_bias: float, input_bias: float) -> LSTM:
    D, K = SIZES[task]
    return LSTM(D, 16, K, rng=rng, forget_bias=forget_bias, input_bias=input_bias, input_scale=1.0)


def rnn(task: Task, rng: np.random.Generator, W: str = "random") -> RNN:
    """W: "random", "orthogonal" or "identity", the recurrent matrix at the start."""
    D, K = SIZES[task]
    model = RNN(D, 32, K, rng=rng)
    if W == "orthogonal":
        model.params["W"][...], _ = np.linalg.qr(rng.normal(size=(32, 32)))
    elif W == "identity":
        model.params["W"][...] = np.eye(32)
    return model


def run(model: Any, task: Task, rng: np.random.Generator, updates: int, lr: float) -> dict:
    """Train; wrong of 2,560 fresh sequences, mean loss of the last 50 updates, seconds."""
    adams = {name: Adam(array.reshape(-1)) for name, array in flat(model).items()}
    begun, losses = time.perf_counter(), []
    for update in range(1, updates + 1):
        losses.append(gradients(model, task(rng, BATCH))[0])
        whole = np.concatenate([model.grads[name].reshape(-1) for name in model.grads])
        factor = min(1.0, 1.0 / max(clip(whole, np.inf), 1e-30))
        for name, adam in adams.items():
            adam.update(factor * gradient(model, name), falling(lr, update, updates))
    seconds = time.perf_counter() - begun
    missed = wrong(model, task(np.random.default_rng(10_000), TEST))
    return {"wrong": missed, "loss": float(np.mean(losses[-50:])), "seconds": seconds}


def flat(model: Any) -> dict[str, np.ndarray]:
    """The arrays to train: one for all weights where the model has that."""
    return {"": model.flat} if hasattr(model, "flat") else model.params


def gradient(model: Any, name: str) -> np.ndarray:
    return model.grads[name].reshape(-1) if name else model.flat_grads


def main() -> None:
    recipes: dict[str, tuple[Task, int, float, Callable[[np.random.Generator], Any]]] = {
        "adding": (adding, 1200, 0.02, lambda rng: lstm(adding, rng, 5, -2)),
        "adding-rnn": (adding, 1200, 0.003, lambda rng: rnn(adding, rng)),
        "order": (temporal_order, 600, 0.01, lambda rng: lstm(temporal_order, rng, 5, -1)),
        "order-rnn": (temporal_order, 600, 0.003, lambda rng: rnn(temporal_order, rng)),
    }
    for W in ("orthogonal", "identity"):
        recipes[f"adding-rnn-{W}"] = (adding, 1200, 0.003, lambda rng, W=W: rnn(adding, rng, W))
    for bias in (0, 1, 2, 3, 5):
        recipes[f"forget-bias-{bias}"] = (
            temporal_order, 1250, 0.01, lambda rng, b=bias: lstm(temporal_order, rng, b, -1)
        )  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=recipes)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--lr", type=float, help="another learning rate than the recipe's")
    parser.add_argument("--updates", type=int, help="another number of updates")
    chosen = parser.parse_args()
    task, updates, lr, make = recipes[chosen.task]
    updates, lr = chosen.updates or updates, chosen.lr or lr
    solved = []
    for seed in range(chosen.seeds):
        rng = np.random.default_rng(seed)
        got = run(make(rng), task, rng, updates, lr)
        solved.append(got["wrong"] <= ALLOWED)
        print(f"seed {seed}: {got['wrong']:4} of {TEST} wrong, loss {got['loss']:.5f}, "
              f"{got['seconds']:.1f} s", flush=True)  # fmt: skip
    print(f"{chosen.task}, {updates} updates, lr {lr}: {sum(solved)} of {len(solved)} seeds solved")


if __name__ == "__main__":
    main()
