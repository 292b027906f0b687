"""Every command of the README works as it is written, from a fresh shell in a fresh copy."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
INLINE = re.findall(r"`((?:autograder|nbgrader|make|pip|conda|jupyter)\b[^`\n]*)`", README)

# what is not run, and why
ELSEWHERE = {
    "make lab": "tests/learner/test_jupyterlab.py starts it",
    "make test": "this is it",
    "make book": "tests/book builds it",
    "make lite": "tests/lite builds it",
    "make update": "tests/update runs it",
    "pip install -e '.[postgres]'": "installs from the network",
    "pip install -e '.[cluster]'": "installs from the network",
    "conda env create -f environment.yml": "installs from the network",
    "jupyter lab": "tests/learner/test_jupyterlab.py starts it",
    "nbgrader autograde": "tests/classroom/test_nbgrader.py runs it",
    "autograder autograde": "in full in a block",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of the working tree holds, with what the commands are about."""
    place = tmp_path_factory.mktemp("readme") / "course"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    solved = place / "solutions" / "02_forget_gate" / "forget_gate.ipynb"
    handed_in = place / "autograder" / "submitted" / "ada" / "02_forget_gate"
    handed_in.mkdir(parents=True)
    (place / "submissions").mkdir()
    shutil.copy(solved, handed_in)
    shutil.copy(solved, place / "homework.ipynb")
    shutil.copy(solved, place / "submissions" / "mine.ipynb")
    with zipfile.ZipFile(place / "more.zip", "w") as archive:
        archive.write(solved, "more.ipynb")
    (place / ".venv" / "bin").mkdir(parents=True)
    activate = f'PATH="{Path(sys.executable).parent}:$PATH"\nexport PYTHONPATH="{place}"\n'
    (place / ".venv" / "bin" / "activate").write_text(activate)
    return place


def run(copy: Path, command: str) -> subprocess.CompletedProcess[str]:
    """In a fresh shell, with nothing but the line that the README names."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
    }
    return subprocess.run(
        ["bash", "-ec", f". .venv/bin/activate\n{command}"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def commands() -> list[str]:
    """The lines of all blocks but PowerShell's, then what stands within the text."""
    lines = [
        re.split(r"\s+#\s", line)[0].strip()
        for language, block in BLOCKS
        if not language and "py -m venv" not in block
        for line in block.splitlines()
    ]
    inline = [text.strip() for text in INLINE if "…" not in text and "`" not in text]
    return [line for line in dict.fromkeys([*lines, *inline]) if line and line[0] != "#"]


def test_every_command_works_as_it_is_written(copy):
    assert len(commands()) > 12
    for command in commands():
        if command in ELSEWHERE:
            continue
        done = run(copy, command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        if "--json" in command:
            rows = json.loads(done.stdout)["submissions"]
            assert [row["score"] for row in rows] == [13, 13, 13]
    assert "ada" in (copy / "grades.csv").read_text()
    assert (copy / "autograder" / "feedback" / "ada" / "02_forget_gate").is_dir()


def test_what_is_not_run_is_still_said():
    known = commands()
    assert not [command for command in ELSEWHERE if command not in known]


def test_every_target_of_make_is_there_and_a_shell_can_read_it(copy):
    """Where nothing is installed yet, so that all of what leads to it is read too."""
    for target in sorted({c.split()[1] for c in commands() if c.startswith("make ")}):
        said = subprocess.run(["make", "-n", "VENV=new", target], cwd=copy, capture_output=True)
        assert said.returncode == 0, said.stderr.decode()
        read = subprocess.run(["sh", "-n"], input=said.stdout, capture_output=True)
        assert read.returncode == 0, f"{target}: {read.stderr.decode()}{said.stdout.decode()}"


@pytest.mark.parametrize(
    "block", [block for language, block in BLOCKS if language == "python"], ids=["check", "grade"]
)
def test_the_python_examples_print_what_they_say(copy, block):
    (copy / "example.py").write_text(block, encoding="utf-8")
    done = run(copy, "python example.py")
    assert done.returncode == 0, done.stderr
    for line in re.findall(r"^#   (.*)$", block, re.M):
        assert line in done.stdout
    if "grade_notebook" in block:
        assert "13.0 of 13.0" in done.stdout
