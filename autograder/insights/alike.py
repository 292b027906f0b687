"""Which submissions of a class are alike beyond what their exercises force.

Code is read as tokens without comments, white space and names of the writer's own choosing, and
fingerprinted by winnowing (S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: local algorithms for
document fingerprinting", SIGMOD 2003). Honest answers to a short exercise are alike by nature. So
what was handed out, what the course's own solution says, and what more than a few of the class
have written tells nothing: only the rest is compared. Nothing is run.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Literal, Name  # type: ignore[import-untyped]

K = 12  # tokens in a fingerprint: what is shared and shorter is never seen
WINDOW = 4  # of so many fingerprints in a row one is kept
MOST_CODE = 40_000  # characters of one submission that are read
SHARE = 0.5  # of what is unusual in the code of one; from there on a pair is shown
TOKENS = 40  # that both have and few others: fewer are chance


@dataclass(frozen=True)
class Code:
    """What one student wrote. spans: where in the text each of its tokens begins and ends.

    grams: the hash of the K tokens from each token on, None where they would reach into the next
    cell: what stands in two cells says nothing together. prints: those that winnowing keeps, and
    the tokens at which they begin.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    grams: tuple[int | None, ...] = field(repr=False)
    prints: Mapping[int, tuple[int, ...]] = field(repr=False)

    @classmethod
    def of(cls, cells: Iterable[str]) -> Code:
        text = ""
        spans: list[tuple[int, int]] = []
        grams: list[int | None] = []
        kept: dict[int, list[int]] = defaultdict(list)
        for cell in cells:
            text += "\n\n" if text else ""
            tokens = []
            for token, begin, end in _tokens(cell[: max(0, MOST_CODE - len(text))]):
                tokens.append(token)
                spans.append((len(text) + begin, len(text) + end))
            text += cell
            hashes = _hashes(tokens)
            for place in _winnowed(hashes):
                kept[hashes[place]].append(len(grams) + place)
            grams += [*hashes, *[None] * (len(tokens) - len(hashes))]
        prints = {print: tuple(places) for print, places in kept.items()}
        return cls(text, tuple(spans), tuple(grams), prints)

    def covered(self, prints: Iterable[int]) -> set[int]:
        """The tokens that these fingerprints cover."""
        places = (place for print in prints for place in self.prints[print])
        return {token for place in places for token in range(place, place + K)}


@dataclass(frozen=True)
class Pair:
    """Two students. tokens: how many they share that few others have; share: of all such tokens
    in the code of the one that has fewer.

    places: for each of the two the ranges of characters that they share.
    """

    one: str
    other: str
    share: float
    tokens: int
    places: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]


def alike(codes: Mapping[str, Code], known: Iterable[Code] = ()) -> list[Pair]:
    """The pairs that are more alike than chance makes them, the most alike first.

    known: what tells nothing about anybody: the released notebook, the solution.
    """
    free = {gram for code in known for gram in code.grams}
    having: dict[int, list[str]] = defaultdict(list)
    for student, code in codes.items():
        for print in code.prints.keys() - free:
            having[print].append(student)
    rare = {print: who for print, who in having.items() if len(who) <= few(len(codes))}
    given = {student: _given(code, free) for student, code in codes.items()}
    own = {s: len(code.covered(code.prints.keys() & rare) - given[s]) for s, code in codes.items()}
    shared: dict[tuple[str, str], set[int]] = defaultdict(set)
    for print, who in rare.items():
        for pair in combinations(who, 2):
            shared[pair].add(print)
    found = []
    for pair, prints in shared.items():
        both = [codes[student].covered(prints) - given[student] for student in pair]
        tokens = min(map(len, both))
        if tokens < TOKENS:
            continue
        share = max(len(t) / own[student] for t, student in zip(both, pair, strict=True))
        if share >= SHARE:
            one, other = (_places(codes[s], t) for s, t in zip(pair, both, strict=True))
            found.append(Pair(*pair, share, tokens, (one, other)))
    return sorted(found, key=lambda pair: (-pair.tokens, -pair.share, pair.one, pair.other))


def few(students: int) -> int:
    """How many of a class may have written a thing that still tells something about a pair."""
    return max(2, math.isqrt(students))


def _given(code: Code, free: set[int | None]) -> set[int]:
    """The tokens that were handed out, or that the solution has in the same words."""
    places = [place for place, gram in enumerate(code.grams) if gram is not None and gram in free]
    return {token for place in places for token in range(place, place + K)}


def _tokens(source: str) -> Iterator[tuple[str, int, int]]:
    """(token, begin, end) of what is compared, names and strings as one letter each.

    A name after a dot is a library's and stays; another may be the writer's own.
    """
    before = ""
    for begin, kind, value in PythonLexer().get_tokens_unprocessed(source):
        token = value.strip()
        if kind in Comment or kind in Literal.String.Doc or not token:
            continue
        if kind in Name and before != "." and kind not in Name.Builtin:
            token = "n"
        elif kind in Literal.String:
            if before == "s":  # its quotes and its pieces are one
                continue
            token = "s"
        yield token, begin, begin + len(value)
        before = token


def _hashes(tokens: Sequence[str]) -> list[int]:
    return [
        zlib.crc32("\0".join(tokens[place : place + K]).encode(errors="replace"))
        for place in range(len(tokens) - K + 1)
    ]


def _winnowed(hashes: Sequence[int]) -> list[int]:
    """The places of the fingerprints that are kept: of each window the rightmost of the least."""
    kept = set()
    for start in range(max(1, len(hashes) - WINDOW + 1)):
        window = range(start, min(start + WINDOW, len(hashes)))
        if window:
            kept.add(min(reversed(window), key=hashes.__getitem__))
    return sorted(kept)


def _places(code: Code, tokens: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """The ranges of characters of these tokens."""
    runs: list[tuple[int, int]] = []
    last = -2
    for token in sorted(tokens):
        begin, end = code.spans[token]
        if token == last + 1:
            runs[-1] = runs[-1][0], end
        else:
            runs.append((begin, end))
        last = token
    return tuple(runs)
