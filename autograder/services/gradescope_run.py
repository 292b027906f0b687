"""What Gradescope runs for every submission: from /autograder/submission to results.json.

Where grading itself fails, or this machine cannot keep strangers' code apart, no results.json is
written and the exit code is 1: Gradescope then says that the autograder failed, and nobody gets a
zero for it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.authoring.exercise import load_unit
from autograder.course import AuthorError
from autograder.course import root as course_root
from autograder.grading.grade import Grader, Job, limits
from autograder.grading.verdict import ExerciseReport, SubmissionReport, details, printable
from autograder.sandbox.isolation import NoSandbox, detect
from autograder.services.gradescope import VISIBILITIES
from autograder.slow_import import skip_slow_import
from autograder.submission.read import Source, find, read

MOST_FILES = 50  # notebooks that are looked at, where somebody hands in a whole folder
_DAY = timedelta(days=1)


def main(argv: Sequence[str] | None = None) -> int:
    """Grade what lies in `ROOT/submission`; what is printed is shown to instructors alone."""
    parser = argparse.ArgumentParser(prog="run_autograder")
    parser.add_argument("root", type=Path)
    parser.add_argument("unit")
    parser.add_argument("--visibility", choices=VISIBILITIES, default="visible")
    parser.add_argument("--late-penalty", type=float, default=0.0)
    parser.add_argument("--timeout", type=float, default=30.0)
    parser.add_argument("--unsafe", action="store_true")
    arguments = parser.parse_args(argv)
    skip_slow_import()
    job = Job(course_root(), limits(arguments.timeout, arguments.unsafe), unit=arguments.unit)
    submission = arguments.root / "submission"
    try:
        load_unit(course_root() / "solutions" / arguments.unit)
        grader, sandbox = Grader(job), detect(arguments.unsafe)
        source, notes = _choose(submission, grader)
        graded = grader.grade(source)
    except (AuthorError, NoSandbox) as error:
        print(f"Nothing was graded: {error}")
        return 1
    report = graded.report
    report.messages += notes
    report.messages = [text.replace(f"{submission}/", "") for text in report.messages]
    report.path = report.path.removeprefix(f"{submission}/")
    print(details(report))
    if not graded.final:
        return 1
    late = _late_by(arguments.root / "submission_metadata.json")
    isolation = f"Isolation while it ran: {sandbox.level}"
    found = results(report, isolation, arguments.visibility, late, arguments.late_penalty)
    _write(arguments.root / "results", found)
    return 0


def results(
    report: SubmissionReport,
    isolation: str,
    visibility: str = "visible",
    late: timedelta | None = None,
    penalty: float = 0.0,
) -> dict[str, Any]:
    """A verdict as Gradescope's results.json.

    late: how long after the due date it came. penalty: per cent of its points that each day begun
    after the due date costs.
    """
    score = report.score
    hands = [f"{hand.id}: {hand.said()}" for hand in report.by_hand]
    said = [*_status(report), *report.messages, *hands, isolation]
    if late:
        said.append(f"Handed in {_words(late)} after the due date")
        days = math.ceil(late / _DAY)
        score *= max(0.0, 1 - days * penalty / 100)
        if penalty:
            said[-1] += f": {penalty:g} % for each day begun, {report.score:g} → {score:g} points"
    data = {"report": asdict(report), "late_seconds": late.total_seconds() if late else 0.0}
    return {
        "score": round(score, 4),
        "execution_time": round(report.seconds),
        "output": printable(said),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": data,
        "tests": [_test(str(n), one) for n, one in enumerate(report.exercises, 1)],
    }


def _test(number: str, exercise: ExerciseReport) -> dict[str, Any]:
    full = exercise.score >= exercise.max_score
    return {
        "number": number,
        "name": exercise.id,
        "score": exercise.score,
        "max_score": exercise.max_score,
        "status": "passed" if full else "failed",
        "output": printable(check.line() for check in exercise.checks),
        "extra_data": {"misconceptions": exercise.misconceptions},
    }


def _status(report: SubmissionReport) -> list[str]:
    said = {
        "tampered": "Something that is graded had been altered. It was put back; the score stands.",
        "timeout": "A cell did not end in time. What could be reached was graded.",
        "crashed": "A cell ended the process it ran in. What could be reached was graded.",
        "invalid": "This could not be graded.",
    }
    return [said[report.status]] if report.status in said else []


def _choose(submission: Path, grader: Grader) -> tuple[Source, list[str]]:
    """The notebook that counts, and what is to be said about others.

    Of several it is the first that is the unit's, the one that has its name before others.
    """
    unit = grader.units[grader.job.unit]
    sources = list(islice(find(submission), MOST_FILES + 1))
    if len(sources) == 1:
        return sources[0], []
    sources.sort(key=lambda one: Path(one.path).name != f"{unit.unit.notebook}.ipynb")
    ours = [one for one in sources[:MOST_FILES] if read(one, grader.units).unit is unit]
    chosen = ours[0] if ours else sources[0]
    notes = []
    if len(ours) > 1 or not ours:
        notes.append(f"of the files handed in, {Path(chosen.path).name} was graded alone")
    if len(sources) > MOST_FILES:
        notes.append(f"more than {MOST_FILES} files were handed in: the first were looked at")
    return chosen, notes


def _late_by(metadata: Path) -> timedelta | None:
    """How long after the due date it was handed in, None where it was not late.

    An extension counts: of a group's members, that of the one with the latest due date.
    """
    try:
        told = json.loads(metadata.read_bytes())
        extended = [user.get("assignment") or {} for user in told.get("users") or []]
        dates = [one["due_date"] for one in extended if one.get("due_date")]
        due = max(map(_time, dates or [told["assignment"]["due_date"]]))
        late = _time(told["created_at"]) - due
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"submission_metadata.json does not tell whether it was late ({error!r})")
        return None
    return late if late > timedelta() else None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _words(late: timedelta) -> str:
    minutes = max(1, math.ceil(late.total_seconds() / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _write(folder: Path, found: dict[str, Any]) -> None:
    """Whoever looks sees all of it or nothing."""
    folder.mkdir(exist_ok=True)
    part = folder / ".results.json.part"
    text = json.dumps(found, ensure_ascii=False, indent=1)
    part.write_text(text, encoding="utf-8", errors="replace")
    os.replace(part, folder / "results.json")


if __name__ == "__main__":
    sys.exit(main())
