"""A gradebook as a learning platform hands it out, and who of ours is who in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Refused
from autograder.exports.grades import Row
from autograder.exports.platforms import Platform

MOST = 50_000_000  # bytes
# Blackboard's downloads are tab-delimited in UTF-16
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Roster:
    """header: all columns of the file; who: those that say who it is; people: their cells.

    points: what a column is worth there, where the file says it.
    """

    header: tuple[str, ...]
    who: tuple[str, ...]
    people: tuple[tuple[str, ...], ...]
    points: dict[str, float]

    @property
    def others(self) -> list[str]:
        return [column for column in self.header if column not in self.who]


def read_roster(path: Path, platform: Platform) -> Roster:
    """The file's people. Raises Refused where it is none of the platform's."""
    rows = _rows(path)
    header = [cell.strip() for cell in rows[0]] if rows else []
    places = [place for place, cell in enumerate(header) if cell in platform.known]
    if not any(header[place] in platform.found_by for place in places):
        wanted = " or ".join(platform.found_by)
        raise Refused(
            f"{path} is no gradebook of {platform.name}: its first line has no column {wanted}. "
            f"Download the gradebook there and name that file"
        )
    width = len(header)
    people = [
        tuple(row[place].strip() for place in places)
        for row in ([*row, *[""] * (width - len(row))] for row in rows[1:])
        if platform.is_student(row)
    ]
    who = tuple(header[place] for place in places)
    return Roster(tuple(rows[0]), who, tuple(people), _points(rows, platform))


def _points(rows: list[list[str]], platform: Platform) -> dict[str, float]:
    worth = [
        row for row in rows[1:3] if platform.points_row and row and "Points Possible" in row[0]
    ]
    told = worth[0] if worth else [platform.worth(header) for header in rows[0]]
    found = {}
    for header, text in zip(rows[0], told, strict=False):
        with suppress(ValueError):
            found[header] = float(text)
    return found


def match(
    roster: Roster, platform: Platform, rows: Iterable[Row]
) -> tuple[list[Row | None], list[Row]]:
    """(for each person of the roster our row or None, the rows that belong to nobody there).

    First by what is equal, then by what differs in capital letters alone; never by a name, of
    which there may be two. What fits several people fits nobody.
    """
    rows = list(rows)
    found: list[Row | None] = [None] * len(roster.people)
    left = {row.student: row for row in rows}
    for fold in (False, True):
        for of_ours in (_student, _lms_id, _email):
            for column in platform.found_by:
                own = column in platform.own_numbers and of_ours is not _lms_id
                if own or column not in roster.who:
                    continue
                key = roster.who.index(column)
                there: dict[str, list[int]] = {}
                for place, person in enumerate(roster.people):
                    if found[place] is None and person[key]:
                        there.setdefault(_folded(person[key], fold), []).append(place)
                ours: dict[str, list[Row]] = {}
                for row in left.values():
                    ours.setdefault(_folded(of_ours(row), fold), []).append(row)
                for value, places in there.items():
                    fits = ours.get(value, [])
                    if len(places) == 1 and len(fits) == 1:
                        found[places[0]] = left.pop(fits[0].student)
    return found, list(left.values())


def _student(row: Row) -> str:
    return row.student


def _lms_id(row: Row) -> str:
    return row.lms_id


def _email(row: Row) -> str:
    return row.email


def _folded(text: str, fold: bool) -> str:
    return text.casefold() if fold else text


def _rows(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > MOST:
            raise Refused(f"{path} is too large for a gradebook")
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None
    try:
        text = data.decode(_MARKS.get(data[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(f"{path} is no text in UTF-8 or UTF-16: save it as CSV UTF-8") from None
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Refused(f"{path} is no table: {error}") from None
