"""The three projects of unit 22: their pieces, how they are split, their losses and baselines.

A project is a list of pieces. A piece is one example: what is read, what is asked for, and where.
Losses are one number a piece, so that two models can be compared piece by piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils import data

__all__ = ["NAMES", "Piece", "Project", "load"]

Array = np.ndarray

NAMES = ("sentences", "chords", "sea")
LOWEST, HIGHEST = 40, 79  # MIDI numbers of `chords`
WINDOW, AHEAD = 24, 6  # months read, months ahead, of `sea`


@dataclass(frozen=True)
class Piece:
    """x: (T, D). y: (T, K), 0 or 1 or numbers. asked: (T,) bool, where there is a question.

    seen: what identifies it where it is looked for in other pieces. counted: the number that the
    results are split by (sentences: nouns of the other number before the last verb; chords: steps;
    sea: year).
    """

    x: Array
    y: Array
    asked: Array
    seen: Any
    counted: int


@dataclass(frozen=True)
class Project:
    """D, K: inputs and outputs. bits: whether the outputs are probabilities. unit: of a loss."""

    name: str
    pieces: list[Piece]
    D: int
    K: int
    bits: bool
    unit: str
    baselines: tuple[str, ...] = field(default=())

    def at_random(self, rng: np.random.Generator) -> tuple[list[Piece], list[Piece]]:
        """Nine tenths and one tenth of all pieces, drawn: the split that one makes first."""
        order = rng.permutation(len(self.pieces))
        cut = len(order) // 10
        return [self.pieces[k] for k in order[cut:]], [self.pieces[k] for k in order[:cut]]

    def split(self) -> tuple[list[Piece], list[Piece], list[Piece]]:
        """(train, validation, test), about 70, 10 and 20 %, with nothing seen twice.

        Sentences: each once, then drawn. Chords: by piece, drawn. Sea: by time, and between two
        parts as many windows are left out as would see months of both.
        """
        rng = np.random.default_rng(0)
        if self.name == "sea":
            n, gap = len(self.pieces), WINDOW + AHEAD
            one, two = int(0.7 * n), int(0.8 * n)
            return self.pieces[:one], self.pieces[one + gap : two], self.pieces[two + gap :]
        once = list({_key(piece.seen): piece for piece in self.pieces}.values())
        drawn = [once[k] for k in rng.permutation(len(once))]
        one, two = int(0.7 * len(drawn)), int(0.8 * len(drawn))
        return drawn[:one], drawn[one:two], drawn[two:]

    def seen(self, pieces: Sequence[Piece]) -> Any:
        """What `no_leak` compares: sentences, pieces of music, or the months of all windows."""
        if self.name == "sea":
            return np.unique(np.concatenate([piece.seen for piece in pieces]))
        return [piece.seen for piece in pieces]

    def loss(self, outputs: Array, y: Array, asked: Array) -> tuple[Array, Array]:
        """outputs, y: (T, N, K), asked: (T, N). Returns (losses (N,), their gradient (T, N, K)).

        A piece's loss is the mean over its questions: nats, summed over the K bits, or the squared
        error. The gradient is that of each piece's own loss.
        """
        share = asked / np.maximum(asked.sum(axis=0), 1)
        if self.bits:
            each = np.logaddexp(0, outputs) - y * outputs
            d = 0.5 * (1 + np.tanh(0.5 * outputs)) - y
        else:
            each, d = (outputs - y) ** 2, 2 * (outputs - y)
        return (each.sum(axis=2) * share).sum(axis=0), d * share[..., None]

    def baseline(self, name: str, train: Sequence[Piece], test: Sequence[Piece]) -> Array:
        """Losses (n,) of the test pieces by one of `baselines`, counted or fitted on `train`."""
        if name not in self.baselines:
            raise ValueError(f"{name!r} is none of {self.baselines}")
        guess = {"sentences": _last_noun, "chords": _frame_before, "sea": _sea}[self.name]
        outputs = guess(name, train, test)
        return np.array(
            [
                self.loss(o[:, None], p.y[:, None], p.asked[:, None])[0][0]
                for o, p in zip(outputs, test, strict=True)
            ]
        )

    def independent(self, losses: Array, pieces: Sequence[Piece]) -> Array:
        """Losses to resample: means of whole years for `sea`, whose windows overlap."""
        if self.name != "sea":
            return losses
        years = np.array([piece.counted for piece in pieces])
        return np.array([losses[years == year].mean() for year in np.unique(years)])


def padded(pieces: Sequence[Piece]) -> tuple[Array, Array, Array]:
    """x (T, N, D), y (T, N, K) and asked (T, N) of pieces, 0 behind their ends."""
    T, first = max(len(p.x) for p in pieces), pieces[0]
    x = np.zeros((T, len(pieces), first.x.shape[1]))
    y = np.zeros((T, len(pieces), first.y.shape[1]))
    asked = np.zeros((T, len(pieces)), dtype=bool)
    for n, piece in enumerate(pieces):
        end = len(piece.x)
        x[:end, n], y[:end, n], asked[:end, n] = piece.x, piece.y, piece.asked
    return x, y, asked


def load(name: str) -> Project:
    """One of NAMES. Raises ValueError for another, DataError where its file is damaged."""
    if name == "sentences":
        return _sentences()
    if name == "chords":
        return _chords()
    if name == "sea":
        return _sea_project()
    raise ValueError(f"{name!r} is none of {NAMES}")


# --- sentences: is the next verb plural? --------------------------------------------------------


def _sentences() -> Project:
    text = [line.split() for line in data.sentences()]
    words = sorted({word for line in text for word in line})
    verbs = {"sees", "see", "knows", "know", "follows", "follow"}
    verbs |= {"sleeps", "sleep", "waits", "wait", "falls", "fall"}
    nouns = {w for w in words if w.rstrip("s") + "s" in words and w not in verbs}
    pieces = []
    for line in text:
        x = np.eye(len(words))[[words.index(word) for word in line[:-1]]]
        asked = np.array([word in verbs for word in line[1:]])
        y = np.array([[float(not word.endswith("s"))] for word in line[1:]]) * asked[:, None]
        plural = [word.endswith("s") for word in line if word in nouns]
        pieces.append(Piece(x, y, asked, " ".join(line), sum(p != plural[0] for p in plural)))
    return Project("sentences", pieces, len(words), 1, True, "nats a verb", ("the last noun",))


def _last_noun(name: str, train: Sequence[Piece], test: Sequence[Piece]) -> list[Array]:
    """How often a verb is plural after a last noun that is, counted on the training sentences."""

    def last(piece: Piece) -> Array:
        number, out = False, []
        for word in piece.seen.split()[:-1]:
            if word not in ("the", "that", "near", "behind", "beside") and not _verb(word):
                number = word.endswith("s")
            out.append(number)
        return np.array(out)

    counts = np.ones((2, 2))
    for piece in train:
        for noun, verb in zip(last(piece)[piece.asked], piece.y[piece.asked, 0], strict=True):
            counts[int(noun), int(verb)] += 1
    logit = np.log(counts[:, 1] / counts[:, 0])
    return [logit[last(piece).astype(int)][:, None] for piece in test]


def _verb(word: str) -> bool:
    return word.rstrip("s") in ("see", "know", "follow", "sleep", "wait", "fall")


# --- chords: which notes sound next? ------------------------------------------------------------


def _chords() -> Project:
    pieces = []
    for notes in data.chords():
        roll = np.zeros((len(notes), HIGHEST - LOWEST + 1))
        roll[np.arange(len(notes))[:, None], notes - LOWEST] = 1
        asked = np.ones(len(notes) - 1, dtype=bool)
        pieces.append(Piece(roll[:-1], roll[1:], asked, notes, len(notes)))
    K = HIGHEST - LOWEST + 1
    return Project("chords", pieces, K, K, True, "nats a chord", ("each note", "the chord before"))


def _frame_before(name: str, train: Sequence[Piece], test: Sequence[Piece]) -> list[Array]:
    """Each note by its share; or a logistic regression on the chord before (Newton, ridge 1)."""
    x, y = (np.concatenate([getattr(piece, a) for piece in train]) for a in "xy")
    if name == "each note":
        share = (y.sum(axis=0) + 1) / (len(y) + 2)
        return [np.tile(np.log(share / (1 - share)), (len(piece.x), 1)) for piece in test]
    ones = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    weights = np.zeros((ones.shape[1], y.shape[1]))
    for _ in range(8):
        p = 1 / (1 + np.exp(-ones @ weights))
        for k in range(y.shape[1]):
            slope = ones.T @ (p[:, k] - y[:, k]) + weights[:, k]
            curve = (ones * (p[:, k] * (1 - p[:, k]))[:, None]).T @ ones + np.eye(ones.shape[1])
            weights[:, k] -= np.linalg.solve(curve, slope)
    return [np.concatenate([p.x, np.ones((len(p.x), 1))], axis=1) @ weights for p in test]


# --- sea: how warm will it be in six months? ----------------------------------------------------


def _sea_project() -> Project:
    """The temperature less its month's mean, both of the training part alone, in its spread."""
    month, celsius = data.elnino()
    windows = np.arange(len(month) - WINDOW - AHEAD + 1)
    known = slice(0, int(0.7 * len(windows)) + WINDOW + AHEAD - 1)  # what the training part sees
    mean = np.array([celsius[known][month[known] % 12 == m].mean() for m in range(12)])
    unusual = celsius - mean[month % 12]
    unusual = unusual / unusual[known].std()
    phase = 2 * np.pi * month / 12
    inputs = np.stack([unusual, np.sin(phase), np.cos(phase)], axis=1)
    asked = np.arange(WINDOW) == WINDOW - 1
    pieces = []
    for start in windows:
        end = start + WINDOW
        target = np.full((WINDOW, 1), unusual[end - 1 + AHEAD]) * asked[:, None]
        pieces.append(Piece(inputs[start:end], target, asked, np.arange(start, end + AHEAD),
                            int(1950 + (end - 1 + AHEAD) // 12)))  # fmt: skip
    baselines = "the month's mean", "as unusual as now", "a straight line"
    return Project("sea", pieces, 3, 1, False, "squared error", baselines)


def _sea(name: str, train: Sequence[Piece], test: Sequence[Piece]) -> list[Array]:
    """0, what is there now, or least squares on the whole window (ridge 1)."""

    def inputs(pieces: Sequence[Piece]) -> Array:
        return np.array([np.r_[piece.x[:, 0], piece.x[-1, 1:], 1] for piece in pieces])

    if name == "the month's mean":
        return [0 * piece.y for piece in test]
    if name == "as unusual as now":
        return [piece.x[:, :1] for piece in test]
    a, y = inputs(train), np.array([piece.y[-1, 0] for piece in train])
    weights = np.linalg.solve(a.T @ a + np.eye(a.shape[1]), a.T @ y)
    values = inputs(test) @ weights
    return [np.full(piece.y.shape, value) for piece, value in zip(test, values, strict=True)]


def _key(seen: Any) -> Any:
    return seen.tobytes() if isinstance(seen, np.ndarray) else seen
