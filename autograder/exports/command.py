"""The command `export`: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from autograder.course import Refused, root
from autograder.exports.grades import Column, Grades, Row, graded, grades
from autograder.exports.platforms import PLATFORMS, Platform, number
from autograder.exports.roster import match, read_roster
from autograder.files import write_out
from autograder.grading.verdict import printable, spreadsheet

SCHEMA = 1
NAMED = 20  # students that a note names one by one


def export(arguments: Namespace, units: Sequence[str]) -> int:
    """`autograder export`. Exit code 1 where somebody of ours is not in the roster."""
    chosen = grades(root(), units if arguments.units else graded(root(), units))
    if arguments.totals:
        chosen = chosen.totals_alone()
    platform = PLATFORMS.get(arguments.to)
    if arguments.roster and platform is None:
        raise Refused(f"--roster is for {', '.join(PLATFORMS)}: {arguments.to} takes everybody")
    _may_write(arguments.out, arguments.roster, arguments.force)
    unmatched: list[Row] = []
    if platform is not None:
        text, unmatched, notes = _for_platform(platform, arguments.roster, chosen)
    else:
        text, notes = (_json if arguments.to == "json" else _csv)(chosen), []
    if arguments.out:
        write_out(arguments.out, text)
    else:
        sys.stdout.write(text)
    if arguments.out and unmatched:
        write_out(beside(arguments.out), _csv(Grades(chosen.columns, tuple(unmatched))))
    elif arguments.out and arguments.force:
        beside(arguments.out).unlink(missing_ok=True)  # those of an earlier export
    _tell([*notes, *_waiting(chosen)])
    if unmatched:
        _tell_unmatched(unmatched, chosen, arguments.roster)
    return 1 if unmatched else 0


def _for_platform(
    platform: Platform, path: Path | None, chosen: Grades
) -> tuple[str, list[Row], list[str]]:
    """(the file, who is not in the roster, what is to be said)."""
    columns = chosen.columns
    if path is None:
        identity = list(platform.identity)
        people: list[tuple[list[str], Row | None]] = [
            ([spreadsheet(cell) for cell in platform.who(row)], row) for row in chosen.rows
        ]
        known: list[str] = []
        unmatched: list[Row] = []
        notes = [
            f"without --roster FILE, the gradebook as {platform.name} hands it out, nothing says "
            "who is who there: look at the preview before you import it"
        ]
    else:
        roster = read_roster(path, platform)
        found, unmatched = match(roster, platform, chosen.rows)
        identity, known = list(roster.who), roster.others
        people = [(list(who), row) for who, row in zip(roster.people, found, strict=True)]
        without = [" ".join(filter(None, who)) for who, row in people if row is None]
        notes = [_named("in the roster and not in our gradebook, left without grades", without)]
        new = [c.title for c in columns if platform.header(c, known) not in known]
        notes.append(_named(f"columns that are new to {platform.name}", new))
        for column in columns:
            worth = roster.points.get(platform.header(column, known), column.points)
            if worth != column.points:
                points = f"{worth:g} points in {platform.name} and {column.points:g} here"
                notes.append(f"{column.title} has {points}: make them the same there first")
    table = [identity + [platform.header(column, known) for column in columns]]
    table += platform.points(columns, len(identity))
    for who, one in people:
        table.append(who + _scores(one, columns, platform.none))
    quoting = csv.QUOTE_ALL if platform.quoted else csv.QUOTE_MINIMAL
    return _table(table, quoting), unmatched, list(filter(None, notes))


def _scores(row: Row | None, columns: Iterable[Column], none: str = "") -> list[str]:
    """The student's points. Nothing handed in is no grade: it must not overwrite one with 0."""
    scores = row.scores if row else {}
    return [number(scores[column]) if column in scores else none for column in columns]


def _csv(chosen: Grades) -> str:
    units = [column for column in chosen.columns if not column.exercise]
    titles = [column.title for column in chosen.columns]
    head = ["student", "last_name", "first_name", "email", "lms_user_id", "total", "max_total"]
    table = [[*head, *titles]]
    most = number(sum(column.points for column in units))
    for row in chosen.rows:
        scores = [row.scores[column] for column in units if column in row.scores]
        total = number(sum(scores)) if scores else ""  # nothing handed in is no grade
        table.append([*_who(row), total, most, *_scores(row, chosen.columns)])
    return _table(table)


def _who(row: Row) -> list[str]:
    parts = (row.student, row.last_name, row.first_name, row.email, row.lms_id)
    return [spreadsheet(part) for part in parts]


def _json(chosen: Grades) -> str:
    def cells(row: Row, unit: str) -> dict[str, Any]:
        of = {c: row.scores.get(c) for c in chosen.columns if c.unit == unit}
        [total] = [score for column, score in of.items() if not column.exercise]
        exercises = {column.exercise: score for column, score in of.items() if column.exercise}
        return {"score": total, "waits": unit in row.waits, "exercises": exercises}

    units = [column for column in chosen.columns if not column.exercise]
    told = {
        "schema": SCHEMA,
        "units": [
            {
                "unit": unit.unit,
                "max_score": unit.points,
                "exercises": {
                    c.exercise: c.points
                    for c in chosen.columns
                    if c.unit == unit.unit and c.exercise
                },
            }
            for unit in units
        ],
        "students": [
            {
                "student": row.student,
                "last_name": row.last_name,
                "first_name": row.first_name,
                "email": row.email,
                "lms_user_id": row.lms_id,
                "total": sum(row.scores.get(unit, 0.0) for unit in units),
                "units": {unit.unit: cells(row, unit.unit) for unit in units},
            }
            for row in chosen.rows
        ],
    }
    return _plain(json.dumps(told, ensure_ascii=False, indent=1)) + "\n"


def _table(rows: Iterable[Sequence[str]], quoting: Any = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return _plain(text.getvalue())


def _plain(text: str) -> str:
    """A name that is no text must not end the command at its last step."""
    return text.encode(errors="replace").decode()


def _waiting(chosen: Grades) -> list[str]:
    names = [f"{row.student} ({', '.join(row.waits)})" for row in chosen.rows if row.waits]
    return [_named("an answer of these is not marked yet, their points are without it", names)]


def _named(what: str, names: Sequence[str]) -> str:
    """ "" where there is nobody."""
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{what}: {len(names)}: {', '.join(names[:NAMED])}{more}"


def _tell_unmatched(unmatched: Sequence[Row], chosen: Grades, roster: Path) -> None:
    """All of them, with their points."""
    totals = [column for column in chosen.columns if not column.exercise]
    _tell([f"not in {roster}: {len(unmatched)} of our students"])
    for row in unmatched:
        scores = zip(totals, _scores(row, totals, "nothing handed in"), strict=True)
        _tell([f"  {row.student}: " + ", ".join(f"{c.title} {score}" for c, score in scores)])


def beside(path: Path) -> Path:
    """Where those stand who are not in the roster: grades.unmatched.csv beside grades.csv."""
    return path.with_name(f"{path.stem}.unmatched.csv")


def _tell(lines: Iterable[str]) -> None:
    for line in filter(None, lines):
        print(printable([line]), file=sys.stderr)


def _may_write(path: Path | None, roster: Path | None, force: bool) -> None:
    if path is None:
        return
    if roster is not None and roster.exists() and path.exists() and path.samefile(roster):
        raise Refused(f"{path} is the roster: name another file for the grades")
    for file in (path, beside(path)):
        if file.exists() and not force:
            raise Refused(f"{file} is there already: name another file, or say --force")
