"""One sequence in, another one out: the tasks of unit 20, and how its networks are trained.

`Reversal`: a string of letters, to be written backwards. `Dates`: a date as people write it, to be
written as ISO 8601 has it, 7 march 1994 as 1994-03-07.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from time import process_time
from typing import Protocol

import numpy as np

from utils.networks.seq2seq import START, EncoderDecoder, forced
from utils.training.train import Adam, Run, clip, falling, train

__all__ = [
    "Dates",
    "Reversal",
    "Task",
    "Trained",
    "exact",
    "exact_by_length",
    "learn",
    "right_by_step",
]

Array = np.ndarray
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december")  # fmt: skip


class Task(Protocol):
    """reads, writes: the characters on either side, by id; writes[START] is the start symbol."""

    reads: str
    writes: str

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
        """n examples: source (T, n), mask (T, n), targets (S, n)."""


class Reversal:
    """Strings of `shortest` to `longest` letters, all of one batch equally long.

    After the last letter the end symbol "." is read, and that is when writing begins.
    """

    def __init__(self, longest: int, shortest: int = 1, letters: int = 10) -> None:
        self.shortest, self.longest, self.letters = shortest, longest, letters
        self.reads = LETTERS[:letters] + "."
        self.writes = "^" + LETTERS[:letters]

    def draw(
        self, rng: np.random.Generator, n: int, length: int | None = None
    ) -> tuple[Array, Array, Array]:
        """length: of the strings; if None it is drawn."""
        T = length or int(rng.integers(self.shortest, self.longest + 1))
        ids = rng.integers(self.letters, size=(T, n))
        source = np.concatenate([ids, np.full((1, n), self.letters)])
        return source, np.ones(source.shape, bool), ids[::-1] + 1


class Dates:
    """Dates from 1900 to 2099, in six ways of writing; padding "_" is put in front."""

    LENGTH = 19  # of the longest, september 30, 2001, and the end symbol

    def __init__(self) -> None:
        self.reads = "_ ,./0123456789" + LETTERS + "|"
        self.writes = "^-0123456789"
        self._place = {character: k for k, character in enumerate(self.reads)}

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
        texts, answers = zip(*(self.pair(rng) for _ in range(n)), strict=True)
        source, mask = self.encode(texts)
        targets = np.array([[self.writes.index(c) for c in text] for text in answers]).T
        return source, mask, targets

    def pair(self, rng: np.random.Generator) -> tuple[str, str]:
        """A date as somebody may write it, and as ISO 8601 has it."""
        first = date(1900, 1, 1).toordinal()
        day = date.fromordinal(int(rng.integers(first, date(2100, 1, 1).toordinal())))
        month = MONTHS[day.month - 1]
        ways = (
            f"{day.day} {month} {day.year}",
            f"{month} {day.day}, {day.year}",
            f"{day.day} {month[:3]} {day.year}",
            f"{month[:3]} {day.day}, {day.year}",
            f"{day.day}.{day.month}.{day.year}",
            f"{day.month}/{day.day}/{day.year}",
        )
        return ways[rng.integers(len(ways))], day.isoformat()

    def encode(self, texts: tuple[str, ...]) -> tuple[Array, Array]:
        """source, mask (T, n) of some texts: padding in front, the end symbol "|" behind."""
        rows = [("_" * (self.LENGTH - 1 - len(text))) + text + "|" for text in texts]
        source = np.array([[self._place[character] for character in row] for row in rows]).T
        return source, source != self._place["_"]


class Trained:
    """A network that learns a task from fresh examples, update by update.

    updates: of the whole run; the learning rate stays for its first half and then falls to 0.
    feed: what the decoder reads in training: "teacher" the right ids, "own" what it would have
    written itself. model: as EncoderDecoder takes it (attention, attend, attend_backward).
    """

    def __init__(
        self,
        task: Task,
        H: int,
        updates: int,
        seed: int = 0,
        n: int = 32,
        lr: float = 0.01,
        feed: str = "teacher",
        **model: bool | Callable,
    ) -> None:
        self.task, self.updates, self.n, self.lr, self.feed = task, updates, n, lr, feed
        self.rng = np.random.default_rng([20, seed])
        sizes = len(task.reads), len(task.writes), H
        self.net = EncoderDecoder(*sizes, rng=self.rng, **model)  # type: ignore[arg-type]
        self._flat = [array.reshape(-1) for array in self.net.parameters().values()]
        self._grads = [array.reshape(-1) for array in self.net.gradients().values()]
        self._sizes = np.cumsum([len(part) for part in self._flat])[:-1]
        self._all = np.concatenate(self._flat)
        self._adam = Adam(self._all, lr=lr)
        self.scores: list[tuple[int, float]] = []  # what `learn` measures on the way
        self.seconds = 0.0  # of the processor, in updates made by `learn`

    def update(self, update: int) -> float:
        """One step of Adam on new examples; the loss before it, nats per character written."""
        source, mask, targets = self.task.draw(self.rng, self.n)
        inputs = None
        if self.feed == "own":
            ids, _ = self.net.freely(source, mask, len(targets))
            inputs = np.concatenate([np.full_like(targets[:1], START), ids[:-1]])
        loss = self.net.loss_and_gradients(source, mask, targets, inputs)
        grads = np.concatenate(self._grads)
        clip(grads, 1.0)
        self._adam.update(grads, falling(self.lr, update, self.updates))
        for part, new in zip(self._flat, np.split(self._all, self._sizes), strict=True):
            part[:] = new
        return loss


def learn(
    runs: Mapping[str, Sequence[Trained]],
    name: str,
    test: tuple[Array, Array, Array] | None = None,
    every: int = 25,
) -> Run:
    """Train all of them side by side, each for its own number of updates.

    runs: name → one network a seed. The run's history has their mean loss, "loss of" each name.
    test: source, mask, targets; with it every so often what `exact` says of them is added to
    `scores` of every network, as (update, share).
    """

    def step(update: int) -> dict[str, float]:
        losses = {}
        for label, nets in runs.items():
            going = [net for net in nets if update <= net.updates]
            if going:
                began = process_time()
                losses[f"loss of {label}"] = float(np.mean([net.update(update) for net in going]))
                for net in going:
                    net.seconds += (process_time() - began) / len(going)
            if test is not None and update % every == 0:
                for net in going:
                    net.scores.append((update, exact(net.net, *test)))
        return losses

    updates = {label: max(net.updates for net in nets) for label, nets in runs.items()}
    longest = max(updates, key=lambda label: updates[label])
    return train(step, updates[longest], name=name, watch=f"loss of {longest}")


def exact_by_length(
    nets: Iterable[Trained], task: Reversal, lengths: Iterable[int], n: int = 300
) -> Array:
    """(networks, lengths): the share of n new strings of each length written without a mistake."""
    rng = np.random.default_rng(5)
    tests = [task.draw(rng, n, length) for length in lengths]
    return np.array([[exact(each.net, *test) for test in tests] for each in nets])


def exact(net: EncoderDecoder, source: Array, mask: Array, targets: Array) -> float:
    """The share of examples that are written without a mistake, running free."""
    ids, _ = net.freely(source, mask, len(targets))
    net.release()  # many examples at once, of many lengths: a gigabyte, if it were kept
    return float((ids == targets).all(axis=0).mean())


def right_by_step(
    net: EncoderDecoder, source: Array, mask: Array, targets: Array
) -> tuple[Array, Array]:
    """Share of right characters at each step (S,): under teacher forcing, and running free."""
    led = net.write(forced(targets), net.read(source, mask))["logits"].argmax(axis=2)
    free, _ = net.freely(source, mask, len(targets))
    net.release()
    return (led == targets).mean(axis=1), (free == targets).mean(axis=1)
