"""The one training loop of the course, its budget, and the optimiser that long runs use.

A run is a function `step(update) -> numbers` that is called again and again. What is around it is
here: a progress bar, a live plot, an interrupt that loses nothing, a checkpoint to go on from.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from utils.training import checkpoint
from utils.training.live_plot import LiveView

__all__ = ["Adam", "Run", "budget", "clip", "falling", "train"]

VARIABLE = "LSTM_COURSE_BUDGET"
SAVE_SECONDS = 10.0
T = TypeVar("T")


def budget(full: T, short: T, what: str = "updates") -> T:
    """`full`, or `short` where the environment variable LSTM_COURSE_BUDGET is "short"; says which.

    Where the variable is not set, graded runs are short: what is graded there are functions, not
    what they learn. what: the unit that is printed. Raises ValueError for another value.
    """
    chosen = os.environ.get(VARIABLE, "short" if "NBGRADER_EXECUTION" in os.environ else "full")
    if chosen not in ("full", "short"):
        raise ValueError(f'{VARIABLE} is {chosen!r}; it can be "full" or "short"')
    value = full if chosen == "full" else short
    number = f"{value:,}" if isinstance(value, int) else str(value)
    if chosen == "short" and isinstance(full, int):
        number = f"{number} of {full:,}"
    print(f"Budget: {chosen}, {number} {what}")
    return value


@dataclass
class Run:
    """What came of a run.

    history: name → the number after each update, for every name that `step` gave at least once
    (nan where it gave none). updates: how many are done, those before a resume included. seconds:
    of this call. ended: "done" (all updates), "reached" (`until` was true) or "interrupted".
    """

    name: str
    history: dict[str, np.ndarray] = field(default_factory=dict)
    updates: int = 0
    seconds: float = 0.0
    ended: str = "done"

    def __getitem__(self, number: str) -> np.ndarray:
        """The history of one number, such as "loss"."""
        return self.history[number]

    def mean(self, number: str, last: int = 50) -> float:
        """The mean of the last values of a number."""
        return float(np.nanmean(self.history[number][-last:]))


def train(
    step: Callable[[int], Mapping[str, float]],
    updates: int,
    *,
    name: str = "training",
    watch: str = "loss",
    until: Callable[[Mapping[str, float]], bool] | None = None,
    state: dict[str, Any] | None = None,
    save_to: str | Path | None = None,
    resume: bool = False,
    goal: tuple[float, str] | None = None,
    beside: Sequence[Run] = (),
    log: bool = False,
    live: bool = True,
) -> Run:
    """Call `step(update)` for update = 1 … updates and show how it goes.

    step: makes one update and returns numbers by name. until: stops early, where it is true of what
    `step` returned. Interrupting the kernel ends the run after the update at hand; a second
    interrupt ends it at once. What was learned is kept either way.

    save_to: a file that the run is saved to now and then and at its end. state: what has to be
    saved: the arrays, numbers, generators and dicts of these that `step` changes (see
    utils.training.checkpoint). resume: go on from that file. A resumed run gives the same numbers,
    to the last bit, as one that was not interrupted.

    watch, goal, beside, log: the number that is plotted, a level to compare with, earlier runs to
    draw beside it, a logarithmic axis. live: False shows nothing.
    Raises CheckpointError where the file is of another model, ValueError where there is no state.
    """
    if save_to is not None and state is None:
        raise ValueError("save_to needs state: what is to be saved?")
    history: dict[str, list[float]] = {}
    begun = _resume(save_to, state, history) if save_to is not None and resume else 0
    run = Run(name, updates=begun)
    view = None
    if live:
        curves = [(other.name, other.history.get(watch, np.empty(0))) for other in beside]
        view = LiveView(name, updates, watch, begun, goal, curves, log)
        view.values = [value for value in history.get(watch, []) if value == value]
    started = saved = time.monotonic()
    whole = True  # whether the state is that between two updates
    try:
        with _gentle_interrupt() as asked:
            for update in range(begun + 1, updates + 1):
                whole = False
                numbers = step(update)
                _append(history, update, numbers)
                run.updates, whole = update, True
                if view is not None:
                    view.update(numbers.get(watch))
                if save_to is not None and time.monotonic() > saved + SAVE_SECONDS:
                    _save(save_to, state, history, update)
                    saved = time.monotonic()
                if until is not None and until(numbers):
                    run.ended = "reached"
                    break
                if asked:
                    run.ended = "interrupted"
                    break
    except KeyboardInterrupt:
        run.ended = "interrupted"
    finally:
        if view is not None:
            view.stop()
    run.seconds = time.monotonic() - started
    run.history = {key: np.array(values) for key, values in history.items()}
    if save_to is not None and whole:
        _save(save_to, state, history, run.updates)
    if view is not None:
        view.end(_said(run, updates, watch, save_to))
    return run


def _append(history: dict[str, list[float]], update: int, numbers: Mapping[str, float]) -> None:
    for key in numbers.keys() - history.keys():
        history[key] = [np.nan] * (update - 1)
    for key, values in history.items():
        values.append(float(numbers.get(key, np.nan)))


def _said(run: Run, updates: int, watch: str, save_to: str | Path | None) -> str:
    words = {"done": "done", "reached": "goal reached", "interrupted": "interrupted"}[run.ended]
    number = f", {watch} {run.mean(watch, 20):.4g}" if watch in run.history else ""
    text = f"{run.name}: {words} after {run.updates:,} updates in {run.seconds:.1f} s{number}."
    if run.ended == "interrupted":
        text += f" What was learned is kept; {updates - run.updates:,} updates were not made."
        if save_to is not None:
            text += f" It is in {Path(save_to).name}: run the cell with resume=True to go on."
    return text


# --- interrupts -------------------------------------------------------------------------------


@contextlib.contextmanager
def _gentle_interrupt() -> Iterator[list[bool]]:
    """A list that is filled by the first interrupt; the second is a KeyboardInterrupt as ever."""
    asked: list[bool] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(signum: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)


# --- checkpoints ------------------------------------------------------------------------------


def _save(
    path: str | Path, state: dict[str, Any] | None, history: dict[str, list[float]], update: int
) -> None:
    arrays = {key: np.array(values) for key, values in history.items()}
    checkpoint.save(path, {"state": state, "history": arrays, "update": update})


def _resume(path: str | Path, state: dict[str, Any] | None, history: dict[str, list[float]]) -> int:
    """Put the saved run back into place; the number of its last update, 0 where none was saved."""
    stored: dict[str, Any] = {"state": state, "history": {}, "update": 0}
    try:
        checkpoint.load(path, stored)
    except FileNotFoundError:
        print(f"There is no {Path(path).name} yet: the run starts anew.")
        return 0
    history.update({key: values.tolist() for key, values in stored["history"].items()})
    print(f"Goes on after update {stored['update']:,} of {Path(path).name}.")
    return int(stored["update"])


# --- the optimiser of long runs ---------------------------------------------------------------


def falling(lr: float, update: int, updates: int) -> float:
    """The learning rate of one update: `lr` for the first half of the run, then straight to 0."""
    return lr * min(1.0, 2 * (1 - (update - 1) / updates))


def clip(grad: np.ndarray, max_norm: float) -> float:
    """Scale `grad` in place so that its norm is at most `max_norm`; the norm it had."""
    norm = float(np.sqrt(np.dot(grad, grad)))
    if norm > max_norm:
        grad *= max_norm / norm
    return norm


class Adam:
    """Adam (Kingma and Ba, 2015) on one flat array, in place and without new arrays.

    The same numbers as `adam_update` of unit 12 gives. state: its memory, to be saved with a run.
    """

    def __init__(
        self,
        flat: np.ndarray,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        """flat: (n,) the weights; they are changed by every `update`."""
        self.flat, self.lr, self.beta1, self.beta2, self.eps = flat, lr, beta1, beta2, eps
        self.state: dict[str, Any] = {
            "mean": np.zeros_like(flat),
            "square": np.zeros_like(flat),
            "t": 0,
        }
        self._a, self._b = np.empty_like(flat), np.empty_like(flat)

    def update(self, grad: np.ndarray, lr: float | None = None) -> None:
        """One step against `grad` (n,), which is left alone."""
        mean, square = self.state["mean"], self.state["square"]
        self.state["t"] += 1
        t, step, root = self.state["t"], self._a, self._b
        np.subtract(grad, mean, out=step)
        step *= 1 - self.beta1
        mean += step
        np.multiply(grad, grad, out=root)
        root -= square
        root *= 1 - self.beta2
        square += root
        # bias correction, moved out of the arrays: m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε)
        correction = float(np.sqrt(1 - self.beta2**t))
        np.sqrt(square, out=root)
        root += self.eps * correction
        np.divide(mean, root, out=step)
        step *= (self.lr if lr is None else lr) * correction / (1 - self.beta1**t)
        self.flat -= step
