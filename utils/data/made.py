"""How the two data sets of unit 22 that are made by rule were made.

    python -m utils.data.made

writes `sentences.txt` and `chords.txt` beside this file, from fixed seeds. The unit reads the
files, whose SHA-256 is known, so that nothing hangs on a version of NumPy.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

__all__ = ["chords", "sentences"]

NOUNS = ("dog", "teacher", "sailor", "key", "letter", "bird", "farmer", "clock")
PLACES = ("near", "behind", "beside")
VERBS = (("sees", "see"), ("knows", "know"), ("follows", "follow"))
ENDS = (("sleeps", "sleep"), ("waits", "wait"), ("falls", "fall"))


def sentences(rng: np.random.Generator, n: int) -> list[str]:
    """n sentences whose verbs agree with their subjects, whatever stands in between.

    "the dog near the keys that the farmers see sleeps": a subject may be followed by places, and by
    a clause that has a subject and a verb of its own. Up to two of them lie one inside the other.
    """

    def subject(depth: int) -> tuple[list[str], int]:
        plural = int(rng.integers(2))
        words = ["the", NOUNS[rng.integers(len(NOUNS))] + "s" * plural]
        while rng.random() < 0.45:
            noun = NOUNS[rng.integers(len(NOUNS))] + "s" * int(rng.integers(2))
            words += [PLACES[rng.integers(len(PLACES))], "the", noun]
        if depth < 2 and rng.random() < 0.35:
            inner, its = subject(depth + 1)
            words += ["that", *inner, VERBS[rng.integers(len(VERBS))][its]]
        return words, plural

    made: list[str] = []
    while len(made) < n:
        words, plural = subject(0)
        if len(words) <= 24:
            made.append(" ".join([*words, ENDS[rng.integers(len(ENDS))][plural]]))
    return made


# steps of the scale on which a chord stands → what may follow, within a phrase
FOLLOWS = {1: (4, 5, 6, 2), 2: (5, 5, 4), 4: (5, 2, 1), 5: (1, 6, 1), 6: (4, 2, 5)}
SCALE = (0, 2, 4, 5, 7, 9, 11)  # semitones above the tonic
RANGES = ((40, 60), (48, 67), (55, 74), (60, 79))  # bass, tenor, alto, soprano, as MIDI numbers
PHRASE = 8


def chords(rng: np.random.Generator, n: int) -> list[list[tuple[int, ...]]]:
    """n pieces of 2 to 4 phrases in four voices, each in a major key of its own.

    A phrase has eight chords and ends with the fifth degree and the first (the last but one of a
    piece's phrases with the fifth alone). Of all ways to set a chord for four voices, in their
    ranges and in order, one of the three nearest to the chord before is taken, without parallel
    fifths or octaves where that can be had.
    """
    return [_piece(rng, int(rng.integers(12)), int(rng.integers(2, 5))) for _ in range(n)]


def _piece(rng: np.random.Generator, key: int, phrases: int) -> list[tuple[int, ...]]:
    degrees: list[int] = []
    for phrase in range(phrases):
        own = [1]
        while len(own) < PHRASE - 2:
            own.append(int(rng.choice(FOLLOWS[own[-1]])))
        half = phrase == phrases - 2
        degrees += own + ([4, 5] if half else [5, 1])
    piece: list[tuple[int, ...]] = []
    for degree in degrees:
        ways = _settings(key, degree)
        if piece:
            cost = [_cost(piece[-1], way) for way in ways]
            order = np.argsort(cost, kind="stable")
            piece.append(ways[order[min(int(rng.geometric(0.7)) - 1, 2, len(order) - 1)]])
        else:
            piece.append(ways[rng.integers(len(ways))])
    return piece


def _settings(key: int, degree: int) -> list[tuple[int, ...]]:
    """Root in the bass; the other voices hold root, third and fifth, none missing, in order."""
    root, third, fifth = ((key + SCALE[(degree - 1 + k) % 7]) % 12 for k in (0, 2, 4))
    places = [
        [
            p
            for p in range(low, high + 1)
            if p % 12 in ({root} if voice == 0 else {root, third, fifth})
        ]
        for voice, (low, high) in enumerate(RANGES)
    ]
    return [
        way
        for way in itertools.product(*places)
        if way[0] < way[1] < way[2] < way[3]
        and way[3] - way[2] <= 12 >= way[2] - way[1]
        and {p % 12 for p in way} == {root, third, fifth}
    ]


def _cost(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    moved = sum(abs(a - b) for a, b in zip(before[1:], after[1:], strict=True))
    moved += abs(before[0] - after[0]) // 2
    for one, other in itertools.combinations(range(4), 2):
        apart = (before[other] - before[one]) % 12, (after[other] - after[one]) % 12
        if apart[0] == apart[1] and apart[0] in (0, 7) and before[one] != after[one]:
            moved += 20
    return moved


def main() -> None:
    here = Path(__file__).resolve().parent
    text = sentences(np.random.default_rng(22), 3000)
    (here / "sentences.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    pieces = chords(np.random.default_rng(23), 300)
    lines = [" ".join("-".join(map(str, chord)) for chord in piece) for piece in pieces]
    (here / "chords.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
