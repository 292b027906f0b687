"""The command line: `autograder build | grade | autograde | feedback | export | …`.

Exit code 2 and one line on stderr for bad usage; what a command says for machines goes to stdout.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from autograder.course import VARIABLE, AuthorError, Refused
from autograder.slow_import import skip_slow_import


class UsageError(Exception):
    """Something on the command line that cannot be meant; the message is one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(argv)
    skip_slow_import()
    if arguments.course:  # in the environment, so that worker processes know it too
        os.environ[VARIABLE] = str(arguments.course)
    for stream in (sys.stdout, sys.stderr):  # a terminal that has no ✔ shows ? in its place
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except (UsageError, Refused) as error:
        print(f"autograder {arguments.command}: {error}", file=sys.stderr)
        return 2
    except AuthorError as error:
        print(f"autograder {arguments.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _parser() -> _Parser:
    parser = _Parser(
        prog="autograder", description="Builds, checks and grades a course of notebooks."
    )
    text = "the course's folder, with its solutions/ (the one that this package lies in)"
    parser.add_argument("--course", type=_course, metavar="DIR", help=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build", help="make the notebooks and cases from the masters", description=_build.__doc__
    )
    build.add_argument("units", nargs="*", metavar="UNIT", help="all units where none is named")
    build.add_argument("--check", action="store_true", help="write nothing, say what differs")
    build.add_argument(
        "--force", action="store_true", help="overwrite notebooks changed by hand as well"
    )
    build.set_defaults(run=_build)

    release = commands.add_parser(
        "release-course",
        help="pack the course for a class, without an answer",
        description=_release.__doc__,
    )
    add = release.add_argument
    add("--up-to", required=True, metavar="UNIT", help="the last unit that the class gets")
    add("-o", "--output", required=True, type=Path, metavar="ZIP")
    release.set_defaults(run=_release)

    grade = commands.add_parser(
        "grade", help="grade notebooks, folders and zip files", description=_grade.__doc__
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
    grade.set_defaults(run=_grade)

    autograde = commands.add_parser(
        "autograde",
        help="grade what the course has collected into nbgrader's gradebook",
        description=_autograde.__doc__,
    )
    autograde.add_argument("unit", metavar="UNIT")
    autograde.add_argument("--student", metavar="ID", help="this student alone")
    _add_grading(autograde)
    autograde.set_defaults(run=_autograde)

    gradescope = commands.add_parser(
        "gradescope",
        help="pack a unit as an autograder for Gradescope",
        description=_gradescope.__doc__,
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
    gradescope.set_defaults(run=_gradescope)

    serve = commands.add_parser(
        "serve", help="grade what comes over HTTP", description=_serve.__doc__
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
    serve.set_defaults(run=_serve)

    export = commands.add_parser(
        "export", help="grades for Canvas, Moodle, Blackboard, …", description=_export.__doc__
    )
    export.add_argument("units", nargs="*", metavar="UNIT", help="all graded where none is named")
    systems = ("canvas", "moodle", "blackboard", "csv", "json")
    export.add_argument("--to", required=True, choices=systems, help="the file's format")
    export.add_argument("--out", type=Path, metavar="FILE", help="write it there, not to stdout")
    text = "the gradebook as the platform hands it out: its people, and the numbers of its columns"
    export.add_argument("--roster", type=Path, metavar="FILE", help=text)
    export.add_argument("--totals", action="store_true", help="without a column for each exercise")
    export.add_argument("--force", action="store_true", help="overwrite FILE")
    export.set_defaults(run=_export)

    insights = commands.add_parser(
        "insights", help="what a class has understood", description=_insights.__doc__
    )
    insights.add_argument("units", nargs="+", metavar="UNIT")
    insights.add_argument(
        "--html", type=Path, metavar="FILE", help="a page with pictures that names nobody"
    )
    insights.add_argument("--csv", type=Path, metavar="FILE", help="the same as a table")
    insights.add_argument("--json", action="store_true", help="one JSON object on stdout")
    insights.set_defaults(run=_insights)

    similar = commands.add_parser(
        "similar",
        help="pairs of submissions that are unusually alike",
        description=_similar.__doc__,
    )
    similar.add_argument("unit", metavar="UNIT")
    similar.add_argument("--html", type=Path, metavar="FILE", help="the pairs side by side")
    similar.add_argument("--json", action="store_true", help="one JSON object on stdout")
    similar.set_defaults(run=_similar)

    collect = commands.add_parser(
        "collect",
        help="take what a learning platform has packed into submitted/",
        description=_collect.__doc__,
    )
    add = collect.add_argument
    add("unit", metavar="UNIT")
    add("--from-lms", type=Path, metavar="ZIP", required=True, help="the platform's archive")
    text = "a CSV file: id, and of first_name, last_name, email, lms_user_id what is known"
    add("--roster", type=Path, metavar="CSV", required=True, help=text)
    add("--update", action="store_true", help="also over what was handed in before")
    collect.set_defaults(run=_collect)

    status = commands.add_parser(
        "status",
        help="who handed in what, what it is worth, what waits",
        description=_status.__doc__,
    )
    status.add_argument("unit", nargs="?", metavar="UNIT", help="a line for each unit without it")
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")
    status.set_defaults(run=_status)

    feedback = commands.add_parser(
        "feedback",
        help="bring what a person gave and wrote into the pages, and release them",
        description=_feedback.__doc__,
    )
    feedback.add_argument("unit", metavar="UNIT")
    feedback.set_defaults(run=_feedback)

    mutants = commands.add_parser(
        "mutants",
        help="every known wrong answer against the checks",
        description=_mutants.__doc__,
    )
    mutants.add_argument("units", nargs="*", metavar="UNIT", help="all units where none is named")
    mutants.add_argument(
        "--seeds",
        type=_positive(int),
        metavar="N",
        help="draw every exercise's cases N times anew, and judge the solution on them as well",
    )
    mutants.set_defaults(run=_mutants)

    progress = commands.add_parser(
        "progress", help="what this learner has solved", description=_progress.__doc__
    )
    progress.set_defaults(run=_progress)

    doctor = commands.add_parser(
        "doctor", help="can strangers' code be isolated here?", description=_doctor.__doc__
    )
    doctor.set_defaults(run=_doctor)

    update = commands.add_parser(
        "update", help="take a new version of the course", description=_update.__doc__
    )
    update.set_defaults(run=_update)
    return parser


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


def _known_units(chosen: Sequence[str]) -> list[str]:
    """The chosen units, all by default. UsageError names the nearest where one is unknown."""
    from autograder.course import root, units

    known = units(root())
    if not known:
        raise UsageError(
            f"{root()} is no course: it has no solutions/<number>_<name>/exercises.py. Say which "
            f"one is meant: autograder --course DIR …, or set {VARIABLE}"
        )
    for name in chosen:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
            if (root() / "solutions" / name).is_dir():
                meant = "its folder is not called <number>_<name>, or has no exercises.py"
            raise UsageError(f"there is no unit {name!r}; {meant}")
    return list(chosen) or known


def _build(arguments: argparse.Namespace) -> int:
    """Make solution notebooks, student notebooks, cases and earlier functions from the masters."""
    from autograder.authoring.build import build
    from autograder.course import root

    units = _known_units(arguments.units)
    return build(root(), units, check=arguments.check, force=arguments.force)


def _release(arguments: argparse.Namespace) -> int:
    """Pack the units up to one, and what runs them, as an archive for a class.

    No master, no solutions/, no history; the answers of earlier units that the last ones build on
    are named.
    """
    _known_units([arguments.up_to])
    from autograder.authoring.give_out import release_course
    from autograder.course import root

    for line in release_course(root(), arguments.up_to, arguments.output):
        print(line)
    return 0


def _grade(arguments: argparse.Namespace) -> int:
    """Grade notebooks, folders and zip files. Exit code 1 where one of them cannot be graded."""
    for path in arguments.paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist")
    if arguments.github and arguments.json:
        raise UsageError("--json leaves no room for --github: both write to stdout")
    _known_units([])
    alone = [path.suffix for path in arguments.paths] == [".ipynb"]
    _start(arguments, 1 if alone else sys.maxsize)
    from autograder.commands import grade_paths

    return grade_paths(arguments)


def _start(arguments: argparse.Namespace, most: int) -> None:
    """What grades starts while this process still imports things. most: submissions at a time."""
    if arguments.scheduler or most < 1:
        return
    if most == 1:
        from autograder.sandbox import worker

        worker.start(arguments.unsafe)
    else:
        from autograder.batch import processes

        most = min(most, arguments.workers or processes.cores())
        processes.start(most, arguments.unsafe)


def _autograde(arguments: argparse.Namespace) -> int:
    """Grade a unit's submissions below autograder/submitted/ into nbgrader's gradebook.

    Writes autograder/autograded/ and autograder/feedback/. What has not changed since it was graded
    is not graded again. Exit code 1 where a submission cannot be graded.
    """
    from autograder.classroom.unchanged import told_before
    from autograder.course import root

    _known_units([arguments.unit])
    if (reports := told_before(root(), arguments)) is not None:
        from autograder.grading.verdict import printed

        with printed(arguments.json, len(reports)) as show:
            for report in reports:
                show(report)
        print("nothing has changed since it was graded", file=sys.stderr)
        return 0 if all(report.fine for report in reports) else 1
    handed_in = root().glob(f"autograder/submitted/*/{arguments.unit}/")
    _start(arguments, 1 if arguments.student else len(list(handed_in)))
    from autograder.commands import grade_unit

    return grade_unit(arguments)


def _gradescope(arguments: argparse.Namespace) -> int:
    """Pack a unit, and all that grades it, as an autograder for Gradescope."""
    from autograder.course import root
    from autograder.services.gradescope import VISIBILITIES, pack

    _known_units([arguments.unit])
    if arguments.visibility not in VISIBILITIES:
        raise UsageError(f"--visibility is one of {', '.join(VISIBILITIES)}")
    out = arguments.out or Path(f"{arguments.unit}.zip")
    more = [f"--visibility={arguments.visibility}", f"--timeout={arguments.timeout:g}"]
    more += [f"--late-penalty={arguments.late_penalty:g}"] if arguments.late_penalty else []
    more += ["--unsafe"] if arguments.unsafe else []
    pack(root(), arguments.unit, out, more)
    print(f"{out}: upload it at Configure Autograder, with Ubuntu 24.04 as base image")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    """Grade notebooks that come over HTTP: POST /grade, and a page to drop one on.

    What is not asked here is in the service's own /openapi.json.
    """
    from autograder.batch.processes import cores

    _known_units([])
    arguments.workers = arguments.workers or cores()
    if not 0 <= arguments.port < 65536:
        raise UsageError(f"there is no port {arguments.port}")
    try:
        from autograder.services.serve import serve
    except ImportError as error:
        missing = f"serve needs {error.name}: pip install 'lstm-course[serve]'"
        raise UsageError(missing) from None
    return serve(arguments)


def _export(arguments: argparse.Namespace) -> int:
    """The grades as a file that a learning platform reads.

    Exit code 1 where a student of ours is not in the roster: they are listed, and with --out
    written beside the file.
    """
    from autograder.exports.command import export

    return export(arguments, _known_units(arguments.units))


def _insights(arguments: argparse.Namespace) -> int:
    """What a class has understood, from the gradebook: points, checks, mistakes, who is stuck.

    Nothing is graded: run autograder autograde first.
    """
    from autograder.insights.command import tell_insights

    return tell_insights(arguments, _known_units(arguments.units))


def _similar(arguments: argparse.Namespace) -> int:
    """Pairs of submissions alike beyond what the exercises force. It accuses nobody."""
    from autograder.insights.command import tell_similar

    [unit] = _known_units([arguments.unit])
    return tell_similar(arguments, unit)


def _collect(arguments: argparse.Namespace) -> int:
    """Write a learning platform's zip (Moodle, Canvas, …) to autograder/submitted/STUDENT/UNIT/.

    The roster says who is who. Exit code 1 where somebody cannot be told; all others are collected.
    """
    _known_units([arguments.unit])
    from autograder.commands import collect

    return collect(arguments)


def _status(arguments: argparse.Namespace) -> int:
    """Who handed in what and when (UTC), its state and points, and what waits for a person."""
    _known_units([arguments.unit] if arguments.unit else [])
    from autograder.commands import show_status

    return show_status(arguments)


def _feedback(arguments: argparse.Namespace) -> int:
    """Bring points and comments given by hand into a unit's feedback pages, and release them.

    They go to nbgrader's exchange, where `nbgrader fetch_feedback` finds them; without one they
    stay in autograder/feedback/. Exit code 1 where something handed in is not graded yet.
    """
    _known_units([arguments.unit])
    from autograder.commands import give_feedback

    return give_feedback(arguments)


def _mutants(arguments: argparse.Namespace) -> int:
    """The kill table: is every known wrong answer caught, and does its own message come?

    With --seeds also the other side: does the solution keep all its points, however the cases fall?
    """
    from rich.console import Console
    from rich.progress import track

    from autograder.authoring.exercise import load_unit
    from autograder.authoring.mutants import (
        draws,
        kill_table,
        kills,
        pair_kills,
        seeds_table,
        solutions,
        unsolved,
    )
    from autograder.course import root

    units = [load_unit(root() / "solutions" / unit) for unit in _known_units(arguments.units)]
    right = solutions(root())
    if arguments.seeds:
        seeds = range(arguments.seeds)
        chosen = [(unit, id) for unit in units for id in unit.exercises]
        shown = track(
            chosen,
            "exercises",
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        return seeds_table([draws(unit, id, right[id], seeds) for unit, id in shown])
    return kill_table(
        [kill for unit in units for kill in kills(unit)],
        [check for unit in units for check in unsolved(unit, right)],
        [pair for unit in units for pair in pair_kills(unit)],
    )


def _progress(arguments: argparse.Namespace) -> int:
    """What this learner has solved, exercise by exercise."""
    from autograder.course import root
    from utils.learner.progress import table

    print(table(root()))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    """What this machine offers to isolate submissions. Exit code 1 where they cannot be."""
    from autograder.sandbox.doctor import report

    text, isolated = report()
    print(text)
    return 0 if isolated else 1


def _update(arguments: argparse.Namespace) -> int:
    """Take a new version of the course without losing what was written into its notebooks."""
    from autograder.course import root
    from autograder.update.pull import update

    return update(root())
