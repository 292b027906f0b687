"""What the command line takes: every command with its arguments."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser(told: Mapping[str, str | None]) -> argparse.ArgumentParser:
    """What the command line takes. told: command → what `--help` says of it."""
    found = _Parser(
        prog="autograder", description="Builds, checks and grades a course of notebooks."
    )
    text = "the course's folder, with its solutions/ (the one that this package lies in)"
    found.add_argument("--course", type=_course, metavar="DIR", help=text)
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build", help="make the notebooks and cases from the masters", description=told["build"]
    )
    build.add_argument("units", nargs="*", metavar="UNIT", help="all units where none is named")
    build.add_argument("--check", action="store_true", help="write nothing, say what differs")
    build.add_argument(
        "--force", action="store_true", help="overwrite notebooks changed by hand as well"
    )

    translate = commands.add_parser(
        "translate",
        help="begin or renew a catalogue in another language",
        description=told["translate"],
    )
    translate.add_argument("language", metavar="LANGUAGE", help="its code, as de")
    text = "what the checks of all units say where none is named"
    translate.add_argument("unit", nargs="?", metavar="UNIT", help=text)

    release = commands.add_parser(
        "release-course",
        help="pack the course for a class, without an answer",
        description=told["release-course"],
    )
    add = release.add_argument
    add("--up-to", required=True, metavar="UNIT", help="the last unit that the class gets")
    add("-o", "--output", required=True, type=Path, metavar="ZIP")

    grade = commands.add_parser(
        "grade", help="grade notebooks, folders and zip files", description=told["grade"]
    )
    grade.add_argument("paths", nargs="+", metavar="PATH", type=Path)
    grade.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write feedback pages and report.json there; a second run grades what is new",
    )
    text = "annotations, summary and outputs of a step of a GitHub workflow"
    grade.add_argument("--github", action="store_true", help=text)
    _add_grading(grade)

    autograde = commands.add_parser(
        "autograde",
        help="grade what the course has collected into nbgrader's gradebook",
        description=told["autograde"],
    )
    autograde.add_argument("units", nargs="+", metavar="UNIT")
    autograde.add_argument("--student", metavar="ID", help="this student alone")
    _add_grading(autograde)

    gradescope = commands.add_parser(
        "gradescope",
        help="pack a unit as an autograder for Gradescope",
        description=told["gradescope"],
    )
    gradescope.add_argument("unit", metavar="UNIT")
    text = "the archive to upload (UNIT.zip, in this folder)"
    gradescope.add_argument("-o", "--out", type=Path, metavar="FILE", help=text)
    text = "when students see the tests: visible, after_due_date, after_published or hidden"
    gradescope.add_argument("--visibility", default="visible", metavar="WHEN", help=text)
    text = "per cent of the points that each day begun after the due date costs (0)"
    gradescope.add_argument(
        "--late-penalty", type=_positive(float), default=0.0, metavar="P", help=text
    )
    _add_limits(gradescope)

    serve = commands.add_parser(
        "serve", help="grade what comes over HTTP", description=told["serve"]
    )
    add = serve.add_argument
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (127.0.0.1)")
    add("--port", type=int, default=8000, metavar="N", help="(8000); 0: one that is free")
    text = "holds the token that clients send; needed unless bound to loopback"
    add("--token-file", type=Path, metavar="FILE", help=text)
    kind = _positive(int)
    add("--workers", type=kind, metavar="N", help="submissions at a time (one for each core)")
    add("--queue", type=kind, default=200, metavar="N", help="submissions that may wait (200)")
    number = _positive(float)
    text = "megabytes that a notebook may have (10)"
    add("--max-size", type=number, default=10.0, metavar="MB", help=text)
    text = "submissions a minute that one client may send (120)"
    add("--rate", type=number, default=120.0, metavar="N", help=text)
    _add_limits(serve)

    export = commands.add_parser(
        "export", help="grades for Canvas, Moodle, Blackboard, …", description=told["export"]
    )
    export.add_argument("units", nargs="*", metavar="UNIT", help="all graded where none is named")
    systems = ("canvas", "moodle", "blackboard", "csv", "json")
    export.add_argument("--to", required=True, choices=systems, help="the file's format")
    export.add_argument("--out", type=Path, metavar="FILE", help="write it there, not to stdout")
    text = "the gradebook as the platform hands it out: its people, and the numbers of its columns"
    export.add_argument("--roster", type=Path, metavar="FILE", help=text)
    export.add_argument("--totals", action="store_true", help="without a column for each exercise")
    export.add_argument("--force", action="store_true", help="overwrite FILE")

    insights = commands.add_parser(
        "insights", help="what a class has understood", description=told["insights"]
    )
    insights.add_argument("units", nargs="+", metavar="UNIT")
    insights.add_argument(
        "--html", type=Path, metavar="FILE", help="a page with pictures that names nobody"
    )
    insights.add_argument("--csv", type=Path, metavar="FILE", help="the same as a table")
    insights.add_argument("--json", action="store_true", help="one JSON object on stdout")

    similar = commands.add_parser(
        "similar",
        help="pairs of submissions that are unusually alike",
        description=told["similar"],
    )
    similar.add_argument("unit", metavar="UNIT")
    similar.add_argument("--html", type=Path, metavar="FILE", help="the pairs side by side")
    similar.add_argument("--json", action="store_true", help="one JSON object on stdout")

    collect = commands.add_parser(
        "collect",
        help="take what a learning platform has packed into submitted/",
        description=told["collect"],
    )
    add = collect.add_argument
    add("unit", metavar="UNIT")
    add("--from-lms", type=Path, metavar="ZIP", required=True, help="the platform's archive")
    text = "a CSV file: id, and of first_name, last_name, email, lms_user_id what is known"
    add("--roster", type=Path, metavar="CSV", required=True, help=text)
    add("--update", action="store_true", help="also over what was handed in before")

    status = commands.add_parser(
        "status",
        help="who handed in what, what it is worth, what waits",
        description=told["status"],
    )
    status.add_argument("unit", nargs="?", metavar="UNIT", help="a line for each unit without it")
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")

    feedback = commands.add_parser(
        "feedback",
        help="bring what a person gave and wrote into the pages, and release them",
        description=told["feedback"],
    )
    feedback.add_argument("unit", metavar="UNIT")

    mutants = commands.add_parser(
        "mutants",
        help="every known wrong answer against the checks",
        description=told["mutants"],
    )
    mutants.add_argument("units", nargs="*", metavar="UNIT", help="all units where none is named")
    mutants.add_argument(
        "--seeds",
        type=_positive(int),
        metavar="N",
        help="draw every exercise's cases N times anew, and judge the solution on them as well",
    )

    commands.add_parser(
        "progress", help="what this learner has solved", description=told["progress"]
    )

    commands.add_parser(
        "doctor", help="can strangers' code be isolated here?", description=told["doctor"]
    )

    commands.add_parser(
        "update", help="take a new version of the course", description=told["update"]
    )
    return found


def _add_grading(command: argparse.ArgumentParser) -> None:
    """What `grade` and `autograde` have in common."""
    add = command.add_argument
    add("--json", action="store_true", help="one JSON object on stdout")
    add("--run-all", action="store_true", help="run cells that no score depends on as well")
    add("--force", action="store_true", help="grade again what has not changed as well")
    kind = _positive(int)
    add("--workers", type=kind, metavar="N", help="submissions at a time (one for each core)")
    add("--scheduler", default="", metavar="ADDRESS", help="a dask scheduler, tcp://…: grade there")
    _add_limits(command)


def _add_limits(command: argparse.ArgumentParser) -> None:
    """What holds for one submission, wherever it is graded."""
    text = "seconds that one cell may take (30)"
    command.add_argument("--timeout", type=_positive(float), default=30.0, metavar="S", help=text)
    text = "grade even where strangers' code cannot be kept apart"
    command.add_argument("--unsafe", action="store_true", help=text)


def _course(text: str) -> Path:
    folder = Path(text).resolve()
    if not any((folder / "solutions").glob("[0-9]*/exercises.py")):
        raise argparse.ArgumentTypeError(
            f"{text} is no course: it has no solutions/<number>_<name>/exercises.py"
        )
    return folder


def _positive(kind: type) -> type:
    def parse(text: str) -> float:
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    parse.__name__ = "whole number" if kind is int else "number"  # argparse says it in errors
    return parse  # type: ignore[return-value]
