"""The course as a map: its units in order, and which of them each shorter way goes through."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from utils.pictures.colours import COLOURS, INK, MUTED, PALE, PAPER
from utils.pictures.svg import arrow, circle, picture, rect, text
from utils.pictures.themes import Picture

STAGES: dict[str, tuple[int, ...]] = {
    "The question": (0, 1),
    "The cell": (2, 3, 4, 5, 6),
    "Forwards": (7, 8),
    "Backwards": (9, 10, 11),
    "It learns": (12, 13, 14, 15, 16),
    "In the world": (17, 18, 19, 20, 21),
    "Your own": (22,),
}
WEEKEND = frozenset({0, *range(2, 9)})
WORK = frozenset({*WEEKEND, 9, 12, 13, 17, 18, 19})

_LEFT, _BOX, _GAP, _HIGH, _ROW = 128, 122, 8, 62, 80


@dataclass(frozen=True)
class Stop:
    """A unit: its number, its title, and how many minutes it takes."""

    number: int
    title: str
    minutes: int


def course_map(stops: Iterable[Stop]) -> Picture:
    """The map of these units; stages and boxes of units that are not there are left out."""
    known = {stop.number: stop for stop in stops}
    rows = {name: [known[n] for n in numbers if n in known] for name, numbers in STAGES.items()}
    rows = {name: row for name, row in rows.items() if row}
    parts: list[str] = []
    for k, (name, row) in enumerate(rows.items()):
        y = 20 + k * _ROW
        parts.append(text(20, y + 37, name, size=15, anchor="start", bold=True))
        if k:
            parts.append(arrow([(34, y - _ROW + 48), (34, y + 18)], MUTED, 1.5))
        for column, stop in enumerate(row):
            parts += _box(_LEFT + column * (_BOX + _GAP), y, stop)
    y = 20 + len(rows) * _ROW + 14
    parts += _legend(y, known)
    width = _LEFT + 5 * (_BOX + _GAP) + 12
    return picture(width, y + 26, "The way through the course", _told(rows, known), parts)


def _box(x: float, y: float, stop: Stop) -> list[str]:
    parts = [rect(x, y, _BOX, _HIGH, fill=PAPER, stroke=PALE, r=8, stroke_width=1.5)]
    parts.append(text(x + 10, y + 18, f"{stop.number:02}", 13, anchor="start", bold=True))
    parts.append(text(x + _BOX - 10, y + 18, f"{stop.minutes} min", 11, MUTED, anchor="end"))
    for k, words in enumerate(textwrap.wrap(stop.title, 16)[:2]):
        parts.append(text(x + 10, y + 35 + 15 * k, words, 12, anchor="start"))
    if stop.number in WEEKEND:
        parts.append(_weekend(x + 36, y + 13.5))
    if stop.number in WORK:
        parts.append(_work(x + 51, y + 13.5))
    return parts


def _weekend(x: float, y: float) -> str:
    return circle(x, y, 4.5, fill=COLOURS["forget"])


def _work(x: float, y: float) -> str:
    return rect(x - 4.5, y - 4.5, 9, 9, fill=COLOURS["cell"])


def _legend(y: float, known: Mapping[int, Stop]) -> list[str]:
    parts, x = [], 20.0
    for mark, name, chosen in (
        (_weekend, "a weekend", WEEKEND),
        (_work, "for work", WORK),
        (None, "all of it", frozenset(known)),
    ):
        if mark:
            parts.append(mark(x + 5, y - 4.5))
        parts.append(text(x + (16 if mark else 0), y, f"{name}: {_hours(known, chosen)}", 13, INK,
                          anchor="start"))  # fmt: skip
        x += 210
    return parts


def _hours(known: Mapping[int, Stop], chosen: frozenset[int]) -> str:
    return f"about {round(sum(known[n].minutes for n in chosen & known.keys()) / 60)} hours"


def _told(rows: Mapping[str, Sequence[Stop]], known: Mapping[int, Stop]) -> str:
    stages = "; ".join(
        f"{name}: " + ", ".join(f"{stop.number:02} {stop.title}" for stop in row)
        for name, row in rows.items()
    )
    ways = ", ".join(
        f"{name} ({_hours(known, chosen)})"
        for name, chosen in (("a weekend", WEEKEND), ("for work", WORK))
    )
    return (
        f"The units in {len(rows)} stages. {stages}. Units of two shorter ways are marked: {ways}."
    )
