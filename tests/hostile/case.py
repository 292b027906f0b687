"""What a hostile case is, and how its verdict is compared with the one it must get."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.grading.verdict import SubmissionReport

FULL = {"double": 5.0, "total": 3.0, "limit_is_seven": 1.0}
NOTHING = dict.fromkeys(FULL, 0.0)


@dataclass(frozen=True)
class Verdict:
    """What one submission must get.

    scores: by exercise, {} for none. says: a phrase of its messages or of its checks' messages.
    """

    status: str
    scores: Mapping[str, float]
    says: str = ""

    def complaints(self, report: SubmissionReport) -> list[str]:
        """How a report differs from this, in words; [] where it is right."""
        found = []
        if report.status != self.status:
            found.append(f"status {report.status}, not {self.status}")
        scores = {exercise.id: exercise.score for exercise in report.exercises}
        if scores != dict(self.scores):
            found.append(f"scores {scores}, not {dict(self.scores)}")
        if report.score != sum(self.scores.values()):
            found.append(f"sum {report.score}")
        if self.says not in words(report):
            found.append(f"does not say {self.says!r} but {words(report)!r}")
        return found


def words(report: SubmissionReport) -> str:
    """All that a report tells in words."""
    checks = [check for exercise in report.exercises for check in exercise.checks]
    return "\n".join([*report.messages, *(f"{check.name}: {check.message}" for check in checks)])


@dataclass(frozen=True)
class Case:
    """One attack. content: a notebook, the bytes of a file, or what writes it into a folder.

    Of the words %COURSE% and %PORT% in a text the first becomes the course's folder, the other a
    port on which the test listens. verdicts: one for each row of the report, in order.
    """

    name: str
    content: NotebookNode | bytes | Callable[[Path], None]
    verdicts: Sequence[Verdict]
    file: str = "work.ipynb"
    honest: bool = False


def attack(
    name: str,
    content: NotebookNode | bytes | Callable[[Path], None],
    status: str = "graded",
    says: str = "",
    file: str = "work.ipynb",
    honest: bool = False,
    **scores: float,
) -> Case:
    """A case with one verdict; scores that are not named are full marks."""
    earned = {} if status == "invalid" else FULL | scores
    return Case(name, content, [Verdict(status, earned, says)], file, honest)


def write(case: Case, folder: Path, words: Mapping[str, str]) -> Path:
    """Write the case below `folder` and return what is to be graded."""
    place = folder / case.name
    place.mkdir(parents=True)
    path = place / case.file
    if callable(case.content) and not isinstance(case.content, NotebookNode):
        case.content(path)
        return path
    if isinstance(case.content, bytes):
        path.write_bytes(case.content)
        return path
    text = json.dumps(case.content, indent=1)
    for word, meant in words.items():
        text = text.replace(word, json.dumps(meant)[1:-1])
    path.write_text(text, encoding="utf-8")
    return path


def compare(
    cases: Sequence[Case], paths: Sequence[Path], reports: Sequence[SubmissionReport]
) -> dict[str, tuple[list[str], list[SubmissionReport]]]:
    """Case → (what is wrong with its verdicts, its reports)."""
    found: dict[str, tuple[list[str], list[SubmissionReport]]] = {}
    for case, path in zip(cases, paths, strict=True):
        own = [r for r in reports if Path(r.path).is_relative_to(path.parent)]
        complaints: list[Any] = []
        if len(own) != len(case.verdicts):
            complaints.append(f"{len(own)} rows, not {len(case.verdicts)}")
        for verdict, report in zip(case.verdicts, own, strict=False):
            complaints += verdict.complaints(report)
        found[case.name] = complaints, own
    return found
