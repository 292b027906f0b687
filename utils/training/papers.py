"""The papers' experiments as runs: one seed, a fixed budget, the paper's criterion.

Each function trains one network and returns a `Result`. How right an answer is, is decided by
functions that are passed in: the learner writes them in unit 15. `benchmarks/paper_results.py`
repeats every run over ten seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils.networks.lstm import LSTM
from utils.networks.rnn import RNN
from utils.training.last_step import CLASS_TOLERANCE, TOLERANCE, gradients, outputs
from utils.training.tasks import Batch, ReberStreams, adding, anbn, reber_strings, temporal_order
from utils.training.train import Adam, clip, train

__all__ = [
    "Result",
    "adding_problem",
    "continual_reber",
    "counter",
    "embedded_reber",
    "order_problem",
]

Array = np.ndarray
StepsRight = Callable[[Array, Array], Array]  # (outputs, legal) → (T, N) bool
StringsRight = Callable[[Array, Array], Array]  # (right, lengths) → (N,) bool
FirstError = Callable[[Array], Array]  # right (T, N) → (N,)
Within = Callable[[Array, Array, float], Array]  # (outputs, targets, tolerance) → (N,) bool

# adding and temporal order as in the paper: right in a row at the end of training, and the test
ENOUGH, TEST = 2000, 2560


@dataclass
class Result:
    """What came of one run.

    solved: whether the criterion was reached. sequences: how many training sequences were seen
    (for the continual task: symbols of all streams). updates, seconds: of training. numbers: what
    else was measured, by name. largest_c: of the continual task, the largest |c| of all units and
    streams at each of the first 1,000 test symbols.
    """

    task: str
    seed: int
    solved: bool
    sequences: int
    updates: int
    seconds: float
    numbers: dict[str, Any] = field(default_factory=dict)
    largest_c: Array | None = field(default=None, repr=False)  # of the continual task, by symbol

    def measured(self) -> dict[str, str]:
        """The numbers as one reads them: 100,000 and 0.0123."""
        return {
            name: f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
            for name, value in self.numbers.items()
        }


def embedded_reber(
    seed: int,
    steps_right: StepsRight,
    strings_right: StringsRight,
    most: int = 20_000,
    live: bool = True,
    plain: bool = False,
    inner: int = 1,
) -> Result:
    """Until every step of 500 fresh strings is right; at most `most` training strings.

    16 hidden units, batches of 16, Adam at 0.01, forget bias 1. plain: a plain RNN of 32 units and
    Adam at 0.003 instead, otherwise the same. inner: Reber strings inside each, see
    `utils.training.tasks.embedded`. The network is tested every 20 updates, on fresh strings each
    time; a test that ends the training is no test of what came of it, so 2,000 more are read at the
    end.
    """
    rng, fresh = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    model: LSTM | RNN = RNN(7, 32, 7, rng=rng) if plain else LSTM(7, 16, 7, rng=rng)
    adam = Adam(model.flat, lr=0.003 if plain else 0.01)
    share = 0.0

    def step(update: int) -> dict[str, float]:
        nonlocal share
        ids, _, lengths = reber_strings(rng, 16, inner)
        asked = np.arange(len(ids) - 1)[:, None] < lengths - 1  # nothing comes after the last
        loss, _ = model.loss_and_gradients(ids[:-1], ids[1:], mask=asked)
        clip(model.flat_grads, 5.0)
        adam.update(model.flat_grads)
        if update % 20 == 0:
            ids, legal, lengths = reber_strings(fresh, 500, inner)
            right = steps_right(model.logits(model.forward(ids)), legal)
            share = float(strings_right(right, lengths - 1).mean())
        return {"loss": loss, "strings right": share}

    grammar = "embedded Reber" if inner == 1 else f"longer embedded Reber, {inner} inside"
    name = f"{grammar}, {'plain RNN, ' if plain else ''}seed {seed}"
    run = train(step, most // 16, name=name, until=lambda n: n["strings right"] == 1, live=live)
    ids, legal, lengths = reber_strings(np.random.default_rng([seed, 2]), 2000, inner)
    right = steps_right(model.logits(model.forward(ids)), legal)
    wrong = int((~strings_right(right, lengths - 1)).sum())
    numbers = {"wrong of 2,000 new strings": wrong}
    return Result(name, seed, share == 1, 16 * run.updates, run.updates, run.seconds, numbers)


def continual_reber(
    seed: int,
    steps_right: StepsRight,
    first_error: FirstError,
    forget_gate: bool = True,
    updates: int = 2000,
    symbols: int = 100_000,
    live: bool = True,
) -> Result:
    """Endless streams, and how long the network predicts 10 fresh ones without a mistake.

    16 hidden units, 16 streams, windows of 50 with the state carried over, Adam from 0.01 down to
    0. One stream in ten is begun anew after each window, from states of zero. forget_gate=False
    holds the forget gate at 1: the cell of 1997. symbols: length of the 10 test streams; the
    criterion is not one mistake in any of them. Numbers: "first error" (mean over the 10 streams)
    and the "largest |c|" of the first 1,000 symbols, mistakes or not.
    """
    rng = np.random.default_rng(seed)
    model = LSTM(7, 16, 7, rng=rng)
    forget = [model.params[name] for name in ("U_f", "W_f", "b_f")]
    if not forget_gate:
        for array, value in zip(forget, (0.0, 0.0, 30.0), strict=True):
            array[...] = value  # σ(30) is 1 to the last digit of float32
    adam = Adam(model.flat, lr=0.01)
    streams = ReberStreams(rng, 16)
    last, states = streams.take(1)[0], (None, None)

    def step(update: int) -> dict[str, float]:
        nonlocal last, states
        ids = np.vstack([last, streams.take(50)[0]])
        loss, _ = model.loss_and_gradients(ids[:-1], ids[1:], *states)
        model.flat_grads /= 50
        if not forget_gate:
            for name in ("U_f", "W_f", "b_f"):
                model.grads[name][...] = 0
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads, 0.01 * 0.5 * (1 + np.cos(np.pi * update / updates)))
        last, (h, c) = ids[-1:].copy(), model.last
        anew = rng.random(16) < 0.1
        h[anew], c[anew] = 0, 0
        streams.restart(anew)
        beginning = ReberStreams(rng, 16)
        last[0, anew] = beginning.take(1)[0][0, anew]
        streams.state[anew] = beginning.state[anew]
        states = h, c
        return {"loss": loss / 50}

    name = f"continual Reber {'with' if forget_gate else 'without'} forget gate, seed {seed}"
    run = train(step, updates, name=name, live=live)
    error, largest = _first_errors(model, seed, steps_right, first_error, symbols)
    numbers = {"first error": float(error.mean()), "largest |c|": float(largest.max())}
    solved = bool((error == symbols).all())
    seen = updates * 50 * 16
    return Result(name, seed, solved, seen, run.updates, run.seconds, numbers, largest)


def _first_errors(
    model: LSTM, seed: int, steps_right: StepsRight, first_error: FirstError, symbols: int
) -> tuple[Array, Array]:
    """(step of the first mistake in each of 10 streams, the largest |c| at each of 1,000 steps)."""
    streams, states = ReberStreams(np.random.default_rng([seed, 1]), 10), (None, None)
    right: list[Array] = []
    largest: list[Array] = []
    for start in range(0, symbols, 500):
        ids, legal = streams.take(500)
        outputs = model.logits(model.forward(ids, *states))
        states = model.last
        right.append(steps_right(outputs, legal))
        if start < 1000:
            largest.append(np.abs(model.cells).max(axis=(1, 2)))
        elif (~np.concatenate(right)).any(axis=0).all():  # none is left without a mistake
            break
    found = first_error(np.concatenate(right)[:symbols])
    return found, np.concatenate(largest)


def adding_problem(seed: int, within: Within, most: int = 128_000, live: bool = True) -> Result:
    """The adding problem with T = 100, tested on 2,560 fresh sequences.

    16 hidden units, batches of 32, Adam at 0.02, forget bias 5, input bias -2, input weights of
    spread 1. Trained as in the paper until 2,000 sequences in a row were right, on at most `most`.
    Solved where at most 25 of the 2,560 (1 %) are wrong by 0.04 or more.
    """
    rng = np.random.default_rng(seed)
    model = LSTM(2, 16, 1, rng=rng, forget_bias=5, input_bias=-2, input_scale=1)
    adam = Adam(model.flat, lr=0.02)
    return _last_step("adding", model, adam, rng, seed, adding, within, TOLERANCE, most, live)


def order_problem(seed: int, within: Within, most: int = 128_000, live: bool = True) -> Result:
    """Temporal order with four classes, tested on 2,560 fresh sequences.

    As `adding_problem`, with input bias -1 and Adam at 0.01. Solved where at most 25 have an output
    that is 0.3 or more from what it should be.
    """
    rng = np.random.default_rng(seed)
    model = LSTM(8, 16, 4, rng=rng, forget_bias=5, input_bias=-1, input_scale=1)
    adam, task = Adam(model.flat, lr=0.01), "temporal order"
    return _last_step(
        task, model, adam, rng, seed, temporal_order, within, CLASS_TOLERANCE, most, live
    )


def _last_step(
    task: str,
    model: LSTM,
    adam: Adam,
    rng: np.random.Generator,
    seed: int,
    draw: Callable[..., Batch],
    within: Within,
    tolerance: float,
    most: int,
    live: bool,
) -> Result:
    in_a_row = 0

    def step(update: int) -> dict[str, float]:
        nonlocal in_a_row
        loss, missed = gradients(model, draw(rng, 32))
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads)
        in_a_row = 0 if missed else in_a_row + 32
        return {"loss": loss, "right in a row": in_a_row}

    name = f"{task}, seed {seed}"
    stop = lambda numbers: numbers["right in a row"] >= ENOUGH  # noqa: E731
    run = train(step, most // 32, name=name, until=stop, live=live, log=True)
    fresh = draw(np.random.default_rng([seed, 1]), TEST)
    _, y = outputs(model, fresh)
    if fresh.targets.dtype.kind == "i":
        y = np.exp(y - y.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        targets = np.eye(y.shape[1])[fresh.targets]
    else:
        targets = fresh.targets[:, None]
    missed = int((~within(y.astype(float), targets, tolerance)).sum())
    numbers = {"wrong of 2,560": missed, "loss": run.mean("loss")}
    return Result(name, seed, missed <= 25, 32 * run.updates, run.updates, run.seconds, numbers)


def counter(
    seed: int,
    steps_right: StepsRight,
    strings_right: StringsRight,
    updates: int = 3000,
    live: bool = True,
) -> tuple[Result, LSTM]:
    """aⁿbⁿ: trained on n up to 10, and the largest n up to which all strings are right.

    2 hidden units, batches of 16, Adam from 0.02 down to 0. Solved where all n up to 10 are right;
    "right up to n" says how far beyond it goes (tested up to 60). The network is returned as well.
    """
    rng = np.random.default_rng(seed)
    model = LSTM(4, 2, 4, rng=rng)
    adam = Adam(model.flat, lr=0.02)

    def step(update: int) -> dict[str, float]:
        counts = rng.integers(1, 11, size=16)
        ids, _ = anbn(counts)
        asked = np.arange(len(ids))[:, None] <= 2 * counts
        after = np.vstack([ids[1:], np.full((1, 16), 3)])
        loss, _ = model.loss_and_gradients(ids, after, mask=asked)
        model.flat_grads /= 20
        clip(model.flat_grads, 1.0)
        adam.update(model.flat_grads, 0.02 * 0.5 * (1 + np.cos(np.pi * update / updates)))
        return {"loss": loss}

    name = f"aⁿbⁿ, seed {seed}"
    run = train(step, updates, name=name, live=live)
    counts = np.arange(1, 61)
    ids, legal = anbn(counts)
    good = strings_right(steps_right(model.logits(model.forward(ids)), legal), 2 * counts + 1)
    reach = int(np.argmin(np.r_[good, False]))
    numbers = {"right up to n": reach}
    result = Result(name, seed, reach >= 10, 16 * updates, updates, run.seconds, numbers)
    return result, model
