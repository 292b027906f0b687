"""Many submissions: in order, side by side, and whatever ends: a submission, a worker, the run."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console
from small_course import MAX_SCORE, UNIT, make_course, save, submission

from autograder.batch import local, processes
from autograder.batch.grade_many import engine, grade, grade_each
from autograder.batch.progress_bar import Bar
from autograder.commands import Stop
from autograder.course import Refused, root
from autograder.grading.grade import Grader, Job, limits
from autograder.grading.verdict import SubmissionReport
from autograder.sandbox import isolation
from autograder.submission.read import Source, find

SCHEMA = json.loads((root() / "autograder" / "schema.json").read_text(encoding="utf-8"))
SLOW = "import time\ntime.sleep(0.4)"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("small"))


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], list[str]]:
    """kills(name, times): that often, the worker process that is given this file is killed."""

    def arm(name: str, times: int) -> list[str]:
        killed: list[str] = []
        real = processes.Worker.give

        def give(self: Any, job: Any, task: Any) -> None:
            real(self, job, task)
            if task[1].file.name == name and len(killed) < times:
                killed.append(name)
                time.sleep(0.2)  # it is at work
                os.kill(self.process.pid, signal.SIGKILL)

        monkeypatch.setattr(processes.Worker, "give", give)
        return killed

    return arm


def hand_in(place: Path, **notebooks: Any) -> Path:
    for name, notebook in notebooks.items():
        save(notebook, place / f"{name}.ipynb")
    return place


def statuses(reports: Any) -> dict[str, tuple[str, float]]:
    return {Path(one.path).stem: (one.status, one.score) for one in reports}


# Workers


def test_results_come_in_order_and_one_bad_submission_stops_no_other(
    small: Path, tmp_path: Path
) -> None:
    hand_in(
        tmp_path,
        a=submission(before=SLOW),
        b=submission(double=""),
        c=submission(total="import os\nos._exit(1)"),
        d=submission(),
    )
    (tmp_path / "e.ipynb").write_text("{")
    report = grade([tmp_path], course=small, workers=2, out=tmp_path / "out")
    assert list(statuses(report.submissions).items()) == [
        ("a", ("graded", 9)),
        ("b", ("graded", 4)),
        ("c", ("crashed", 6)),
        ("d", ("graded", 9)),
        ("e", ("invalid", 0)),
    ]
    assert not report.complete
    pages = sorted(page.name.split("-")[-1] for page in (tmp_path / "out").glob("*.html"))
    assert pages == [f"{name}.html" for name in "abcde"]


def test_workers_that_were_started_ahead_grade_and_are_not_left_behind(
    small: Path, tmp_path: Path
) -> None:
    hand_in(tmp_path, a=submission(), b=submission())
    for unsafe in (True, False):  # of the first nothing comes
        processes.start(2, unsafe)
    report = grade([tmp_path], course=small, workers=2)
    assert [one.score for one in report.submissions] == [9, 9]
    assert multiprocessing.active_children() == []


def test_a_killed_worker_costs_time_alone(
    small: Path, tmp_path: Path, kills: Callable[[str, int], list[str]]
) -> None:
    hand_in(tmp_path, **{name: submission(before=SLOW) for name in "abcd"})
    killed = kills("b.ipynb", 1)
    report = grade([tmp_path], course=small, workers=2)
    assert killed == ["b.ipynb"]
    assert statuses(report.submissions) == {name: ("graded", 9) for name in "abcd"}


def test_a_submission_whose_workers_end_is_told_as_crashed_and_tried_again_by_the_next_run(
    small: Path, tmp_path: Path, kills: Callable[[str, int], list[str]]
) -> None:
    hand_in(tmp_path, **{name: submission() for name in "abc"})
    killed = kills("b.ipynb", 2)
    out = tmp_path / "out"
    report = grade([tmp_path], course=small, workers=2, out=out)
    assert len(killed) == 2
    found = statuses(report.submissions)
    assert found == {"a": ("graded", 9), "b": ("crashed", 0), "c": ("graded", 9)}
    assert "ended twice (signal 9)" in report.submissions[1].messages[0]
    again = grade([tmp_path / f"{name}.ipynb" for name in "abc"], course=small, out=out)
    assert statuses(again.submissions)["b"] == ("graded", 9)


def test_submissions_are_read_as_they_are_needed(small: Path, tmp_path: Path) -> None:
    """So memory stays flat: no more are taken than workers have hands, and one for each."""
    hand_in(tmp_path, **{f"s{number}": submission() for number in range(8)})
    job = Job(small, limits(10))
    taken: list[int] = []

    def tasks() -> Iterator[tuple[int, Source]]:
        for number, source in enumerate(find(tmp_path)):
            taken.append(number)
            yield number, source

    done = 0
    for _ in engine(job, workers=2)(tasks(), lambda: False):
        done += 1
        assert len(taken) <= done + 2
    assert done == len(taken) == 8


def test_all_submissions_of_a_run_meet_the_same_secret_cases(small: Path) -> None:
    job, other = Job(small), Job(small)
    assert str(job.seed) not in repr(job)

    def inputs(job: Job) -> list[bytes]:
        grader = Grader(job)
        prepared = grader._prepare(grader.units[UNIT])
        return [case.args["x"].tobytes() for case in prepared.specs["double"].cases]

    assert inputs(job) == inputs(job) != inputs(other)


def test_strangers_are_refused_where_they_cannot_be_kept_apart(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = isolation.detect

    def detect(unsafe: bool = False) -> isolation.Sandbox:
        if not unsafe:
            raise isolation.NoSandbox("no sandbox here; --unsafe grades all the same")
        return real(unsafe=True)

    monkeypatch.setattr(isolation, "detect", detect)
    hand_in(tmp_path, a=submission())
    with pytest.raises(Refused, match="--unsafe grades all the same"):
        grade([tmp_path], course=small)
    with pytest.raises(Refused):
        engine(Job(small), workers=2)


# A second run


def test_a_second_run_grades_what_is_new_or_changed(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    real = local.work

    def work(grader: Any, source: Any) -> Any:
        ran.append(source.file.stem)
        return real(grader, source)

    monkeypatch.setattr(local, "work", work)
    place, out = hand_in(tmp_path / "in", a=submission(), b=submission(double="")), tmp_path / "out"
    first = grade([place], course=small, out=out)
    assert grade([place], course=small, out=out) == first and ran == ["a", "b"]
    hand_in(place, b=submission(total=""), c=submission())
    third = grade([place], course=small, out=out)
    assert ran[2:] == ["b", "c"]
    assert statuses(third.submissions) == {
        "a": ("graded", 9),
        "b": ("graded", 6),
        "c": ("graded", 9),
    }
    written = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert written == third.as_json()
    jsonschema.validate(written, SCHEMA)
    # a line that was cut off, a page that is gone, --force
    ledger = out / ".graded.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-20])
    next(out.glob("*a.html")).unlink()
    grade([place], course=small, out=out)
    assert ran[4:] == ["a", "c"]
    assert statuses(grade([place], course=small, out=out).submissions) == statuses(
        third.submissions
    )
    job = Job(small, limits(10), pages=True)
    sources = list(find(place))
    list(grade_each(sources, engine(job), job, out=out, force=True))
    assert ran[6:] == ["a", "b", "c"]


# The whole command, in a process of its own

COMMAND = """
import sys
from autograder import cli
from autograder.grading import fingerprint
fingerprint.grader_version = lambda: "the same in both runs"  # its files may be edited meanwhile
sys.exit(cli.main(["--course", {course!r}, *{arguments!r}]))
"""


def start(course: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command line on another course, in a process group of its own."""
    script = COMMAND.format(course=str(course), arguments=[*arguments])
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
    return found


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines() if file.is_file() else []


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(
    small: Path, tmp_path: Path
) -> None:
    slow = submission(before="import time\ntime.sleep(1)")
    place = hand_in(tmp_path / "in", **{f"s{number}": slow for number in range(8)})
    out = tmp_path / "out"
    command = ["grade", str(place), "--out", str(out), "--workers", "2", "--json"]
    run = start(small, *command)
    wait_for(lambda: lines(out / ".graded.jsonl"))
    os.killpg(run.pid, signal.SIGINT)
    printed, said = run.communicate(timeout=60)
    kept = len(json.loads(printed)["submissions"])
    assert run.returncode == 130 and 0 < kept < 8
    assert f"stopped after {kept} of 8 submissions; the same command grades the rest" in said
    assert all(one["status"] == "graded" for one in json.loads(printed)["submissions"])
    assert len(lines(out / ".graded.jsonl")) == kept
    run = start(small, *command)
    printed, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert "graded 8 of 8" in said
    report = json.loads(printed)  # nothing else is on stdout
    jsonschema.validate(report, SCHEMA)
    assert [one["score"] for one in report["submissions"]] == [MAX_SCORE] * 8
    assert len(lines(out / ".graded.jsonl")) == 8  # none twice


def test_kill_9_in_the_middle_loses_nothing_and_grades_nothing_twice(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    shutil.copy(root() / "nbgrader_config.py", course)
    slow = submission(before="import time\ntime.sleep(0.5)")
    students = [f"s{number}" for number in range(8)]
    for student in students:
        save(slow, course / "autograder" / "submitted" / student / UNIT / "small.ipynb")
    database = course / "autograder" / "gradebook.db"

    def entered() -> dict[str, str]:
        """Student → the row of what was graded."""
        if not database.is_file():
            return {}
        query = (
            "SELECT s.student_id, r.report FROM autograder_record r "
            "JOIN submitted_assignment s ON s.id = r.id"
        )
        connection = sqlite3.connect(database)
        try:
            return dict(connection.execute(query).fetchall())
        except sqlite3.OperationalError:  # it is being made
            return {}
        finally:
            connection.close()

    run = start(course, "autograde", UNIT, "--workers", "2", "--json")
    wait_for(lambda: len(entered()) >= 2)
    workers = children(run.pid)
    run.kill()
    run.communicate(timeout=60)
    before = entered()
    assert 2 <= len(before) < 8
    wait_for(lambda: not any(map(alive, workers)))  # nobody stays behind
    run = start(course, "autograde", UNIT, "--workers", "2", "--json")
    printed, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    report = json.loads(printed)
    found = [(one["student"], one["score"]) for one in report["submissions"]]
    assert found == [(student, MAX_SCORE) for student in students]
    after = entered()
    assert {student: after[student] for student in before} == before  # as the first run left them
    assert sorted(after) == students


def children(pid: int) -> list[int]:
    """The processes below this one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with stat.open() as file:
            fields = file.read().rpartition(")")[2].split()
        parents[int(stat.parent.name)] = int(fields[1])
    found, left = [], [pid]
    while left:
        of = left.pop()
        below = [child for child, parent in parents.items() if parent == of]
        found += below
        left += below
    return found


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


# What is said meanwhile


def test_plain_lines_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 12.0, 13.0, 14.0])
    monkeypatch.setattr("autograder.batch.progress_bar.time.monotonic", lambda: next(clock))
    said = io.StringIO()
    with Bar(4, file=said) as bar:
        bar(SubmissionReport("a", None))
        bar(SubmissionReport("b\x1b[2J", None, status="invalid", messages=["is empty"]))
        bar.known(True)
        bar(SubmissionReport("d", None))
    assert said.getvalue().splitlines() == [
        "invalid  b [2J: is empty",
        "graded 2 of 4, 0.2 a second, 0:00:12 left, 1 with problems",
        "graded 4 of 4, 0.2 a second, 0:00:00 left, 1 with problems",
    ]


def test_a_bar_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    terminal = Console(file=said, force_terminal=True, width=100)
    monkeypatch.setattr("autograder.batch.progress_bar.Console", lambda file: terminal)
    with Bar(2, file=said) as bar:
        bar(SubmissionReport("a", None, status="crashed", messages=["went wrong"]))
        bar(SubmissionReport("b", None))
    assert "went wrong" in said.getvalue() and "2/2" in said.getvalue()
    assert "1 with problems" in said.getvalue()


def test_nothing_is_said_about_a_single_submission() -> None:
    said = io.StringIO()
    with Bar(1, file=said) as bar:
        bar(SubmissionReport("a", None, status="invalid"))
    assert said.getvalue() == ""


def test_a_second_ctrl_c_stops_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), Stop() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        assert "Ctrl-C again stops at once" in capsys.readouterr().err
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
