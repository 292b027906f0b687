"""Grading on dask.distributed: a real scheduler and real workers, one of which is killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_course import MAX_SCORE, UNIT, make_course, save, submission

from autograder import cli
from autograder.batch.cluster import Cluster
from autograder.batch.grade_many import engine, grade
from autograder.classroom.classroom import Classroom
from autograder.course import Refused, root
from autograder.grading import fingerprint
from autograder.grading.grade import Job, limits
from autograder.submission.read import find

pytest.importorskip("distributed", reason="needs pip install 'lstm-course[cluster]'")
SLOW = "import time\ntime.sleep(0.4)"
# the grader's files may be edited while this runs, and each process hashes them when it starts
SAME = (
    "from autograder.grading import fingerprint\n"
    "fingerprint.grader_version = lambda: 'the same everywhere'\n"
)
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = make_course(tmp_path_factory.mktemp("small"))
    shutil.copy(root() / "nbgrader_config.py", course)
    return course


@pytest.fixture(autouse=True)
def same_grader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fingerprint, "grader_version", lambda: "the same everywhere")
    fingerprint.version.cache_clear()
    yield
    fingerprint.version.cache_clear()


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts `dask scheduler …` and `dask worker …`, and ends them."""
    place = tmp_path_factory.mktemp("dask")
    (place / "same.py").write_text(SAME)
    running: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments]
        log = place / f"{len(running)}.log"
        with log.open("wb") as file:
            done = subprocess.Popen(command, cwd=place, stdout=file, stderr=subprocess.STDOUT)
        done.log = log  # type: ignore[attr-defined]
        running.append(done)
        return done

    yield run
    for process in reversed(running):
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(start: Start) -> str:
    process = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")

    def address() -> str:
        found = re.search(r"tcp://127\.0\.0\.1:\d+", process.log.read_text())  # type: ignore[attr-defined]
        return found[0] if found else ""

    return wait_for(address)


@pytest.fixture
def workers(start: Start, scheduler: str) -> list[subprocess.Popen[bytes]]:
    """Two workers, each a process of its own that nobody starts again."""
    options = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--preload", "same.py"]
    started = [start("worker", scheduler, *options) for _ in range(2)]

    def there() -> bool:
        from distributed import Client

        with Client(scheduler, timeout=30, set_as_default=False) as client:
            known = client.run(os.getpid)
        return {process.pid for process in started} <= set(known.values())

    wait_for(there)
    return started


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
    return found


def test_a_killed_worker_loses_no_submission_and_repeats_none(
    small: Path, scheduler: str, workers: list[subprocess.Popen[bytes]]
) -> None:
    students = [f"s{number:02}" for number in range(12)]
    for student in students:
        path = small / "autograder" / "submitted" / student / UNIT / "small.ipynb"
        save(submission(before=SLOW), path)
    entered: Counter[str] = Counter()
    with Classroom(small, UNIT, limits(10)) as classroom:
        roster = classroom.roster()
        write = classroom.book.write

        def counted(entry: Any, files: Any) -> None:
            write(entry, files)
            entered[entry.student] += 1
            if len(entered) == 3:  # in the middle, with work on its way to both
                workers[0].send_signal(signal.SIGKILL)

        classroom.book.write = counted  # type: ignore[method-assign]
        classroom.grade(roster, engine(classroom.job, scheduler=scheduler))
        rows = list(classroom.reports(roster))
    assert workers[0].wait(timeout=10) == -signal.SIGKILL and workers[1].poll() is None
    assert [(row.student, row.status, row.score) for row in rows] == [
        (student, "graded", MAX_SCORE) for student in students
    ]
    assert entered == Counter(students)  # each exactly once
    page = small / "autograder" / "feedback" / "s11" / UNIT / "small.html"
    assert "9 of 11 points" in page.read_text(encoding="utf-8")


def test_grade_on_a_cluster(
    small: Path,
    scheduler: str,
    workers: list[subprocess.Popen[bytes]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUTOGRADER_COURSE", str(small))
    save(submission(double=""), tmp_path / "in" / "a.ipynb")
    save(submission(), tmp_path / "in" / "b.ipynb").write_text("{")
    command = ["grade", str(tmp_path / "in"), "--scheduler", scheduler]
    assert cli.main([*command, "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().out
    assert "4 of 11" in printed and "JSON is broken" in printed
    assert len(list((tmp_path / "out").glob("*.html"))) == 2


def test_a_worker_with_another_course_is_refused(
    small: Path, scheduler: str, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    save(submission(), tmp_path / "a.ipynb")
    run = Cluster(Job(small, limits(10)), scheduler)
    assert run.job.versions
    run.job = Job(small, limits(10), versions=dict(run.job.versions) | {UNIT: "another"})
    with pytest.raises(Refused, match=f"has other sources of {UNIT} in .*: give it the same"):
        list(run(enumerate(find(tmp_path)), lambda: False))


def test_no_scheduler_there(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.batch.cluster.PATIENCE", 0.5)
    with pytest.raises(Refused, match=r"no dask scheduler with workers answers at tcp://127"):
        grade([tmp_path], course=small, scheduler="tcp://127.0.0.1:9")
