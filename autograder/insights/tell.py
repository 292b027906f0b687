"""The insights in words, as CSV and as JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from autograder.grading.verdict import printable, spreadsheet
from autograder.insights.page import facts
from autograder.insights.pictures import change_told
from autograder.insights.statistics import UnitInsights

SCHEMA = 1
COLUMNS = ("unit", "kind", "exercise", "name", "count", "of", "share", "discrimination", "says")
TOLD = 8  # mistakes and checks that the terminal shows


def as_json(units: Sequence[UnitInsights]) -> dict[str, Any]:
    """One JSON object: everything, students by their ids."""
    return {"schema": SCHEMA, "units": [_unit(unit) for unit in units]}


def _unit(unit: UnitInsights) -> dict[str, Any]:
    shares = [asdict(check) | {"share": check.share} for check in unit.checks]
    change = {"scores": unit.change.scores} | {
        word: unit.change.count(sign) for word, sign in (("gained", 1), ("stayed", 0), ("lost", -1))
    }
    sums = {"mean": unit.mean, "median": unit.median, "full": unit.full()}
    return asdict(unit) | sums | {"checks": shares, "change": change}


def write_csv(units: Iterable[UnitInsights], file: TextIO) -> None:
    """One row for each check, mistake and student who is stuck, under COLUMNS."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for unit in units:
        table.writerows(_rows(unit))


def _rows(unit: UnitInsights) -> Iterator[tuple[Any, ...]]:
    judged = unit.judged
    for check in unit.checks:
        told = "" if check.discrimination is None else f"{check.discrimination:.3f}"
        yield (
            *(unit.unit, "check", check.exercise, check.name, check.passed, judged),
            *(f"{check.share:.3f}", told, ""),
        )
    for one in unit.mistakes:
        share = f"{one.count / judged:.3f}"
        yield (
            *(unit.unit, "mistake", one.exercise, one.id, one.count, judged),
            *(share, "", one.message),
        )
    for student in unit.stuck:
        name = spreadsheet(student.student)
        without = " ".join(student.without)
        yield (
            *(unit.unit, "stuck", without, name, f"{student.score:g}", f"{unit.max_score:g}"),
            *("", "", f"{student.why}; mistakes: {' '.join(student.mistakes) or 'none known'}"),
        )
    for name in unit.missing:
        yield unit.unit, "missing", "", spreadsheet(name), "", "", "", "", "nothing was handed in"
    for name in unit.unreadable:
        yield unit.unit, "unreadable", "", spreadsheet(name), "", "", "", "", "cannot be read"


def words(unit: UnitInsights) -> str:
    """One unit for a terminal. Here the students are named: it is the teacher who reads it."""
    lines = [f"{unit.unit}: {unit.title}", *(f"  {fact}" for fact in facts(unit)[:-1])]
    if not unit.judged:
        return printable([lines[0], *(f"  {fact}" for fact in facts(unit))])
    if unit.change.scores:
        lines.append(f"  {change_told(unit)}")
    if unit.mistakes:
        lines.append("  known mistakes, and the message they read:")
        for one in unit.mistakes[:TOLD]:
            lines.append(f"    {one.count:3} of {unit.judged}  {one.id}: {one.message}")
        if len(unit.mistakes) > TOLD:
            lines.append(f"    and {len(unit.mistakes) - TOLD} more")
    lines.append("  checks that fewest pass (with their discrimination):")
    hardest = sorted(unit.checks, key=lambda check: check.share)[:TOLD]
    for check in (check for check in hardest if check.share < 1):
        told = "  –  " if check.discrimination is None else f"{check.discrimination:5.2f}"
        share = f"{100 * check.share:3.0f} %"
        lines.append(f"    {share}  {told}  {check.exercise}: {check.name}")
    lines.append(f"  stuck: {len(unit.stuck)}")
    for student in unit.stuck:
        score = f"{student.score:g} of {unit.max_score:g}"
        known = f"; {', '.join(student.mistakes)}" if student.mistakes else ""
        lines.append(f"    {student.student}: {score}, {student.why}{known}")
    if unit.missing:
        lines.append(f"  nothing from {', '.join(unit.missing)}")
    return printable(lines)
