"""The command line in a shell: pipes that close early, terminals that know no ✔."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_course import make_course, save, submission

from autograder.course import root


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = make_course(tmp_path_factory.mktemp("small"))
    save(submission(), course / "homework.ipynb")
    return course


def command(small: Path, name: str) -> list[str]:
    more = ["--course", str(small), "grade", str(small / "homework.ipynb")]
    return [sys.executable, "-m", "autograder", *(more if name == "grade" else [name])]


@pytest.mark.parametrize("name", ["progress", "grade"])
def test_whoever_reads_it_may_have_seen_enough(small: Path, name: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command(small, name), cwd=root(), stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert done.returncode == 141 and "Error" not in done.stderr


@pytest.mark.parametrize("name", ["progress", "grade"])
def test_a_terminal_that_knows_ascii_alone_gets_the_rest(small: Path, name: str) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        command(small, name), cwd=root(), env=environment, capture_output=True, encoding="ascii"
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert ("? passed" if name == "grade" else "exercises solved") in done.stdout
