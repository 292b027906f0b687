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
from typing import TYPE_CHECKING

from autograder.arguments import parser
from autograder.course import VARIABLE, AuthorError, Refused
from autograder.slow_import import skip_slow_import

if TYPE_CHECKING:
    from autograder.grading.verdict import SubmissionReport


class UsageError(Exception):
    """Something on the command line that cannot be meant; the message is one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    told = {name: run.__doc__ for name, run in COMMANDS.items()}
    arguments = parser(told).parse_args(argv)
    skip_slow_import()
    if arguments.course:  # in the environment, so that worker processes know it too
        os.environ[VARIABLE] = str(arguments.course)
    for stream in (sys.stdout, sys.stderr):  # a terminal that has no ✔ shows ? in its place
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = COMMANDS[arguments.command](arguments)
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


def _translate(arguments: argparse.Namespace) -> int:
    """Write what there is to translate, in a unit or in what the checks say, into a catalogue.

    What is translated already stays. `autograder build` then makes notebooks/LANGUAGE/UNIT.
    """
    from autograder.authoring.build import release
    from autograder.authoring.translation import PLACE, is_language, renew, sentences, wanted
    from autograder.course import root
    from utils import language

    if not is_language(arguments.language):
        raise UsageError(f"{arguments.language!r} is no other language; write its code, as de")
    name = f"{arguments.language}.po"
    if arguments.unit:
        (unit,) = _known_units([arguments.unit])
        catalogue = root() / "solutions" / unit / PLACE / name
        count, left = renew(wanted(release(root(), unit)), catalogue, unit)
    else:
        catalogue = language.PLACE / name
        count, left = renew(sentences(), catalogue, "checks")
    print(f"{catalogue}: {count} texts, {left} of them not translated")
    return 0


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
    """Grade the units' submissions below autograder/submitted/ into nbgrader's gradebook.

    Writes autograder/autograded/ and autograder/feedback/. What has not changed since it was graded
    is not graded again. Exit code 1 where a submission cannot be graded.
    """
    from autograder.classroom.unchanged import told_before
    from autograder.course import root

    units = _known_units(arguments.units)
    before = {unit: told_before(root(), unit, arguments) for unit in units}
    for unit in units:
        if before[unit] is None:
            handed_in = root().glob(f"autograder/submitted/*/{unit}/")
            _start(arguments, 1 if arguments.student else len(list(handed_in)))
            break
    from autograder.grading.verdict import printed

    done, total, asked, complete = 0, 0, False, True
    with printed(arguments.json) as show:

        def tell(report: SubmissionReport) -> None:
            nonlocal complete
            complete = complete and report.fine
            show(report)

        for unit in units:
            if (reports := before[unit]) is not None:
                for report in reports:
                    tell(report)
                print(f"{unit}: nothing has changed since it was graded", file=sys.stderr)
                continue
            from autograder.commands import grade_unit, stopped

            try:
                done, total, asked = grade_unit(arguments, unit, tell)
            except (AuthorError, Refused) as error:
                if len(units) == 1:
                    raise
                print(f"autograder autograde: {unit}: {error}", file=sys.stderr)
                complete = False
            if asked:
                break
    if asked and (done < total or unit != units[-1]):
        return stopped(done, total)
    return 0 if complete else 1


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
    renewed = " (in place of the one before)" if out.exists() else ""
    pack(root(), arguments.unit, out, more)
    print(f"{out}{renewed}: upload it at Configure Autograder, with Ubuntu 24.04 as base image")
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


COMMANDS = {
    "build": _build,
    "translate": _translate,
    "release-course": _release,
    "grade": _grade,
    "autograde": _autograde,
    "gradescope": _gradescope,
    "serve": _serve,
    "export": _export,
    "insights": _insights,
    "similar": _similar,
    "collect": _collect,
    "status": _status,
    "feedback": _feedback,
    "mutants": _mutants,
    "progress": _progress,
    "doctor": _doctor,
    "update": _update,
}
