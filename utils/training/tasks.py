"""The synthetic tasks of the papers, drawn from a generator that is passed in.

Sequences of one batch have lengths of their own. They are stored in arrays as long as the longest;
`last` says at which step each one ends, and what lies behind it belongs to no sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "BRACKETS",
    "CLASSES",
    "EMBEDDED_REBER",
    "REBER",
    "REBER_SYMBOLS",
    "SYMBOLS",
    "Batch",
    "ReberStreams",
    "adding",
    "anbn",
    "brackets_and_quotes",
    "embedded",
    "reber_strings",
    "temporal_order",
]

Array = np.ndarray

SYMBOLS = "EBabcdXY"  # of temporal order: begin, end, four that mean nothing, two that count
CLASSES = ("XX", "XY", "YX", "YY")  # Q, R, S and U in the paper

BRACKETS = 'abcd()".'
REBER_SYMBOLS = "BTSXPVE"

Grammar = dict[
    str, list[tuple[str, str]]
]  # state → the symbols that may follow, and to which state

# Figure 2 of the paper. A walk begins in the state "start" and is over in the state "end".
REBER: Grammar = {
    "start": [("B", "1")],
    "1": [("T", "2"), ("P", "3")],
    "2": [("S", "2"), ("X", "4")],
    "3": [("T", "3"), ("V", "5")],
    "4": [("X", "3"), ("S", "6")],
    "5": [("P", "4"), ("V", "6")],
    "6": [("E", "end")],
}


def embedded(inner: int = 1) -> Grammar:
    """The embedded Reber grammar: what comes before `inner` Reber strings comes again after them.

    One string in between is the papers' grammar; with more of them there is more to be endured.
    """
    grammar: Grammar = {
        "start": [("B", "choice")],
        "choice": [("T", "T1 start"), ("P", "P1 start")],
        "last": [("E", "end")],
    }
    for way in "TP":
        for k in range(1, inner + 1):
            for state, moves in REBER.items():
                grammar[f"{way}{k} {state}"] = [
                    (symbol, f"{way}{k + 1} start" if to == "end" else f"{way}{k} {to}")
                    for symbol, to in moves
                ]
        grammar[f"{way}{inner + 1} start"] = [(way, "last")]
    return grammar


EMBEDDED_REBER = embedded()


class Batch(NamedTuple):
    """N sequences with one answer each, asked for at the sequence's last step.

    x: (T, N, D) numbers, or (T, N) integer ids. targets: (N,). last: (N,) index of the last step.
    """

    x: Array
    targets: Array
    last: Array


def adding(rng: np.random.Generator, n: int, T: int = 100) -> Batch:
    """The adding problem: remember two marked numbers among many and give their sum.

    n: sequences. T: their minimal length; each is T to T + T/10 steps long. x is (longest, n, 2):
    a number from the interval [-1, 1] and a marker. The marker is 1 at two steps, one of the first
    ten and another one of the first T/2 - 1; it is -1 at the first and at the last step, else 0.
    targets: 0.5 + (X1 + X2) / 4, between 0 and 1, where X1 and X2 are the marked numbers. In the
    rare case that the first step is drawn, it keeps its -1 and its number counts as 0.

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997,
    experiment 4. There a sequence counts as right where the error is below 0.04.
    """
    if T < 20:
        raise ValueError(f"T is {T}: the adding problem needs at least 20 steps")
    lengths = rng.integers(T, T + T // 10 + 1, size=n)
    rows = np.arange(n)
    first = rng.integers(10, size=n)
    second = rng.integers(T // 2 - 2, size=n)
    second += second >= first  # one of the others: the first is marked already
    x = np.zeros((lengths.max(), n, 2))
    x[:, :, 0] = rng.uniform(-1, 1, size=x.shape[:2])
    x[first, rows, 1] = x[second, rows, 1] = 1
    x[0, :, 1] = x[lengths - 1, rows, 1] = -1
    X1, X2 = (np.where(step > 0, x[step, rows, 0], 0) for step in (first, second))
    return Batch(x, 0.5 + (X1 + X2) / 4, lengths - 1)


def temporal_order(rng: np.random.Generator, n: int) -> Batch:
    """Temporal order, with four classes: which two symbols came, and in which order?

    x: (longest, n) ids into SYMBOLS. A sequence of 100 to 110 symbols begins with E, ends with B
    and has a, b, c or d everywhere else, but for two places: one of 10 to 20 and one of 50 to 60
    steps after the start, where X or Y stands. targets: (n,) indices into CLASSES.

    Source: Hochreiter and Schmidhuber 1997 (see `adding`), experiment 6a. There a sequence counts
    as right where every output is within 0.3 of its target, 1 for the right class and 0 for others.
    """
    lengths = rng.integers(100, 111, size=n)
    rows = np.arange(n)
    x = rng.integers(2, 6, size=(lengths.max(), n))
    marks = rng.integers(2, size=(2, n))  # X or Y
    x[rng.integers(10, 21, size=n), rows] = 6 + marks[0]
    x[rng.integers(50, 61, size=n), rows] = 6 + marks[1]
    x[0], x[lengths - 1, rows] = 0, 1
    return Batch(x, 2 * marks[0] + marks[1], lengths - 1)


def brackets_and_quotes(rng: np.random.Generator, n: int, T: int) -> tuple[Array, Array, Array]:
    """Texts in which one has to count: brackets that nest, and quotation marks.

    A bracket closes only what is open, at most six are open at once, and a full stop comes only
    where none is. Between quotation marks brackets mean nothing and are not counted. Returns ids
    (T, n) into BRACKETS and, after each character, the depth (T, n) and whether a quotation is
    open (T, n). A network that predicts the next character must keep both in mind.
    """
    ids = np.empty((T, n), dtype=int)
    depths, quotes = np.empty((T, n), dtype=int), np.empty((T, n), dtype=bool)
    depth, quoted = np.zeros(n, dtype=int), np.zeros(n, dtype=bool)
    for t in range(T):
        weights = np.full((n, len(BRACKETS)), 0.1)
        weights[:, 4] = np.where(quoted, 0.15, np.where(depth < 6, 0.25, 0.0))
        weights[:, 5] = np.where(quoted, 0.15, np.where(depth > 0, 0.22, 0.0))
        weights[:, 6] = np.where(quoted, 0.25, 0.06)
        weights[:, 7] = np.where(~quoted & (depth == 0), 0.3, 0.0)
        reach = weights.cumsum(axis=1)
        ids[t] = (reach > rng.random((n, 1)) * reach[:, -1:]).argmax(axis=1)
        depth = depth + ~quoted * ((ids[t] == 4) * 1 - (ids[t] == 5) * 1)
        quoted = quoted ^ (ids[t] == 6)
        depths[t], quotes[t] = depth, quoted
    return ids, depths, quotes


class ReberStreams:
    """n endless streams of embedded Reber strings, one string right after the other.

    Of two symbols that may follow, each comes with probability 1/2. The second symbol of a string
    comes back as its last but one, and there alone is it needed: what lies between says nothing
    about it.

    Source: the grammar of Hochreiter and Schmidhuber 1997 (see `adding`), experiment 1; as a
    continual stream in Gers, Schmidhuber and Cummins, Learning to Forget: Continual Prediction with
    LSTM, Neural Computation 12(10), 2000.
    """

    def __init__(self, rng: np.random.Generator, n: int, grammar: Grammar = EMBEDDED_REBER) -> None:
        self.rng, self.n = rng, n
        states = [*grammar]  # the first is "start", and "end" is "start" again
        self.to = np.full((len(states), len(REBER_SYMBOLS)), -1)
        for state, moves in grammar.items():
            for symbol, target in moves:
                place = 0 if target == "end" else states.index(target)
                self.to[states.index(state), REBER_SYMBOLS.index(symbol)] = place
        self.state = np.zeros(n, dtype=int)

    def restart(self, which: Array) -> None:
        """Begin a new string in the streams `which` (n,) bool."""
        self.state[which] = 0

    def take(self, T: int) -> tuple[Array, Array]:
        """The next T symbols: ids (T, n) into REBER_SYMBOLS and legal (T, n, 7).

        legal: which symbols may come after each.
        """
        ids = np.empty((T, self.n), dtype=int)
        legal = np.empty((T, self.n, len(REBER_SYMBOLS)), dtype=bool)
        for t in range(T):
            lots = self.rng.random((self.n, len(REBER_SYMBOLS)))
            ids[t] = np.where(self.to[self.state] >= 0, lots, -1).argmax(axis=1)
            self.state = self.to[self.state, ids[t]]
            legal[t] = self.to[self.state] >= 0
        return ids, legal


def reber_strings(rng: np.random.Generator, n: int, inner: int = 1) -> tuple[Array, Array, Array]:
    """n embedded Reber strings, each from states of zero. See `embedded` and `ReberStreams`.

    inner: Reber strings inside each. Returns ids (T, n), legal (T, n, 7) and lengths (n,): string k
    is ids[: lengths[k], k], and what lies behind it belongs to no string. T is the longest length.
    """
    streams = ReberStreams(rng, n, embedded(inner))
    taken: list[tuple[Array, Array]] = []
    lengths = np.zeros(n, dtype=int)
    while not lengths.all():
        taken.append(streams.take(1))
        lengths[(streams.state == 0) & (lengths == 0)] = len(taken)
    ids, legal = (np.concatenate(steps) for steps in zip(*taken, strict=True))
    return ids, legal, lengths


def anbn(counts: Array) -> tuple[Array, Array]:
    """Strings S aⁿ bⁿ T, one for each n of `counts` (≥ 1): a counter is all that is needed.

    Returns ids (2·max + 1, n) into "SabT", padded with T, and legal (…, n, 4): what may come after
    each. After an a that is an a or a b; from the first b on the rest is certain.

    Source: Gers and Schmidhuber, LSTM Recurrent Networks Learn Simple Context Free and Context
    Sensitive Languages, IEEE Transactions on Neural Networks 12(6), 2001.
    """
    counts = np.asarray(counts)
    step = np.arange(2 * counts.max() + 1)[:, None]
    ids = np.select([step == 0, step <= counts, step <= 2 * counts], [0, 1, 2], 3)
    legal = np.zeros((*ids.shape, 4), dtype=bool)
    legal[..., 1] = step <= counts
    legal[..., 2] = (step >= 1) & (step < 2 * counts)
    legal[..., 3] = step >= 2 * counts
    legal[0, :, 2] = False
    return ids, legal
