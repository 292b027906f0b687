"""What the verdicts on one unit say of a class, as plain numbers and words.

A student is counted where a notebook of theirs was judged; who handed in nothing, or nothing that
can be read, is counted apart and is in no share and no mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from autograder.classroom.attempts import Attempt
from autograder.grading.verdict import SubmissionReport

JUDGED = ("graded", "tampered", "timeout", "crashed")
ENOUGH = 10  # students; a correlation over fewer says nothing
HALF = 0.5  # of the points: below it a student counts as stuck


@dataclass(frozen=True)
class CheckStatistic:
    """One named check. passed, failed, waiting: students; waiting ones fail by another check.

    discrimination: see `discrimination`; None where it cannot be told.
    """

    exercise: str
    name: str
    passed: int
    failed: int
    waiting: int
    discrimination: float | None

    @property
    def share(self) -> float:
        return self.passed / (self.passed + self.failed + self.waiting)


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its stable id, how many gave it, and the message they read."""

    id: str
    exercise: str
    count: int
    message: str


@dataclass(frozen=True)
class Stuck:
    """A student who needs somebody. without: exercises in which no point was earned."""

    student: str
    score: float
    attempts: int
    without: tuple[str, ...]
    mistakes: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Change:
    """First and last score of everyone who handed in more than once."""

    scores: tuple[tuple[float, float], ...] = ()

    def count(self, sign: int) -> int:
        """How many gained (1), stayed (0), lost (-1)."""
        return sum((last > first) - (last < first) == sign for first, last in self.scores)


@dataclass(frozen=True)
class UnitInsights:
    """One unit. roster: everyone known; judged: those whose notebook was; max_score: its points."""

    unit: str
    title: str
    roster: int
    judged: int
    missing: tuple[str, ...]
    unreadable: tuple[str, ...]
    max_score: float
    scores: tuple[float, ...]
    checks: tuple[CheckStatistic, ...]
    mistakes: tuple[Mistake, ...]
    stuck: tuple[Stuck, ...]
    change: Change = field(default_factory=Change)

    @property
    def mean(self) -> float | None:
        return mean(self.scores) if self.scores else None

    @property
    def median(self) -> float | None:
        return median(self.scores) if self.scores else None

    def below_half(self) -> int:
        return sum(score < HALF * self.max_score for score in self.scores)

    def full(self) -> int:
        return sum(score >= self.max_score for score in self.scores)


def insights(
    unit: str,
    title: str,
    reports: Mapping[str, SubmissionReport | None],
    attempts: Mapping[str, Sequence[Attempt]],
    messages: Mapping[str, str],
) -> UnitInsights:
    """The statistics of one unit.

    reports: everyone of the roster, None where nothing was handed in. attempts: all that was
    graded of each, from the first. messages: the known mistakes by their ids, and what is said.
    """
    judged = {s: r for s, r in reports.items() if r is not None and r.status in JUDGED}
    unreadable = [s for s, r in reports.items() if r is not None and r.status == "invalid"]
    return UnitInsights(
        unit,
        title,
        len(reports),
        len(judged),
        tuple(s for s in reports if s not in judged and s not in unreadable),
        tuple(unreadable),
        max((report.max_score for report in judged.values()), default=0.0),
        tuple(report.score for report in judged.values()),
        tuple(_checks(judged.values())),
        tuple(_mistakes(judged.values(), messages)),
        tuple(_stuck(judged, attempts)),
        _change(judged, attempts),
    )


def _checks(reports: Iterable[SubmissionReport]) -> list[CheckStatistic]:
    students = [
        {(e.id, check.name): check for e in report.exercises for check in e.checks}
        for report in reports
    ]
    totals = [sum(check.passed for check in checks.values()) for checks in students]
    found = []
    for exercise, name in dict.fromkeys(key for checks in students for key in checks):
        # where a notebook ended before an exercise was judged, none of its checks passed
        seen = [checks.get((exercise, name)) for checks in students]
        passed = [check is not None and check.passed for check in seen]
        waiting = sum(check is not None and check.waiting for check in seen)
        told = discrimination(passed, [t - p for t, p in zip(totals, passed, strict=True)])
        good = sum(passed)
        failed = len(seen) - good - waiting
        found.append(CheckStatistic(exercise, name, good, failed, waiting, told))
    return found


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """The corrected item-total correlation: of passing a check with the rest of the unit's checks.

    passed: by student. rest: how many of the unit's other checks each has passed; the check itself
    is left out, as it would correlate with itself (S. Henrysson, "Correction of item-total
    correlations in item analysis", Psychometrika 28, 1963, 211-218). With an item that is passed or
    not, Pearson's correlation is the point-biserial one. From -1 to 1; near 0 or below: whoever
    passes it does no better elsewhere, so look at the check. Checks of one exercise hang together
    (a wrong value fails several), which raises it. None where all or none have passed, where the
    rest is the same for all, or with fewer than ENOUGH students.
    """
    n = len(passed)
    if n < ENOUGH or len(set(passed)) < 2 or len(set(rest)) < 2:
        return None
    x_mean, y_mean = sum(passed) / n, sum(rest) / n
    x = [p - x_mean for p in passed]
    y = [r - y_mean for r in rest]
    both = sum(a * b for a, b in zip(x, y, strict=True))
    return both / math.sqrt(sum(a * a for a in x) * sum(b * b for b in y))


def _mistakes(reports: Iterable[SubmissionReport], messages: Mapping[str, str]) -> list[Mistake]:
    made: Counter[tuple[str, str]] = Counter()
    for report in reports:
        for exercise in report.exercises:
            made.update((id, exercise.id) for id in dict.fromkeys(exercise.misconceptions))
    return [
        Mistake(id, exercise, count, messages.get(id, ""))
        for (id, exercise), count in made.most_common()
    ]


def _stuck(
    judged: Mapping[str, SubmissionReport], attempts: Mapping[str, Sequence[Attempt]]
) -> list[Stuck]:
    found = []
    for student, report in judged.items():
        tried = [one for one in attempts.get(student, ()) if one.status in JUDGED]
        why = []
        if report.score < HALF * report.max_score:
            why.append("less than half of the points")
        if len(tried) > 1 and report.score <= tried[0].score and report.score < report.max_score:
            why.append(f"handed in {len(tried)} times and gained nothing")
        if why:
            without = tuple(e.id for e in report.exercises if e.max_score and not e.score)
            mistakes = tuple(id for e in report.exercises for id in e.misconceptions)
            times = max(1, len(tried))
            found.append(Stuck(student, report.score, times, without, mistakes, "; ".join(why)))
    return sorted(found, key=lambda one: (one.score, one.student))


def _change(
    judged: Mapping[str, SubmissionReport], attempts: Mapping[str, Sequence[Attempt]]
) -> Change:
    scores = []
    for student, report in judged.items():
        tried = [one for one in attempts.get(student, ()) if one.status in JUDGED]
        if len(tried) > 1:
            scores.append((_of_now(tried[0].score, tried[0].max_score, report), report.score))
    return Change(tuple(scores))


def _of_now(score: float, of: float, report: SubmissionReport) -> float:
    """A score from before the unit's points changed, in points of now."""
    return score if not of or of == report.max_score else score * report.max_score / of
