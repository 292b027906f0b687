"""A step of a GitHub workflow: its log, its summary, its outputs, and the template."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from small_course import MAX_SCORE, make_course, save, submission

from autograder import cli
from autograder.services import github

TEMPLATE = ROOT / "docs" / "github" / "autograding.yml"
COMMAND = re.compile(r"^::(\w+) file=([^,]*),line=(\d+),title=([^,:]*)::(.*)$")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("small"))


class Step:
    """A step of a workflow: where its runner looks when it has ended."""

    def __init__(self, course: Path, place: Path, monkeypatch: Any, capsys: Any) -> None:
        self.course, self.place, self.capsys = course, place, capsys
        monkeypatch.setenv("GITHUB_WORKSPACE", str(place))
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place / "summary"))
        monkeypatch.setenv("GITHUB_OUTPUT", str(place / "output"))

    def run(self, *paths: str) -> int:
        there = [str(self.place / path) for path in paths]
        code = cli.main(["--course", str(self.course), "grade", "--github", *there])
        self.log = self.capsys.readouterr().out.splitlines()
        self.summary = (self.place / "summary").read_text(encoding="utf-8")
        lines = (self.place / "output").read_text().splitlines()
        self.outputs = dict(line.split("=", 1) for line in lines)
        self.result = json.loads(base64.b64decode(self.outputs["result"]))
        return code

    def commands(self) -> list[tuple[str, ...]]:
        """What the runner takes for commands: nothing between stop-commands and its token."""
        token, found = "", []
        for text in map(str.strip, self.log):
            if text.startswith("::stop-commands::"):
                token = text.removeprefix("::stop-commands::")
            elif token and text == f"::{token}::":
                token = ""
            elif not token and text.startswith("::"):
                match = COMMAND.match(text)
                assert match, text
                found.append(match.groups())
        return found


@pytest.fixture
def step(small: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> Step:
    return Step(small, tmp_path, monkeypatch, capsys)


def test_annotations_stand_at_the_cell(step: Step) -> None:
    notebook = submission(total="def total(x, b):\n    return x.sum(axis=1)", after="a = 1\n1 / 0")
    for cell in notebook.cells:
        cell.source = cell.source.splitlines(keepends=True)
    file = step.place / "work" / "a, b.ipynb"
    file.parent.mkdir()
    file.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    assert step.run("work") == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    stopped, lost = step.commands()
    assert stopped[:2] == ("error", "work/a%2C b.ipynb")
    assert "1 / 0" in lines[int(stopped[2]) - 1] and "ZeroDivisionError" in stopped[4]
    assert "def total" in lines[int(lost[2]) - 1]
    assert lost[3] == "total%3A 2 of 3 points" and "You leave b out." in lost[4]
    assert step.outputs["score"] == "8" and step.outputs["passed"] == "false"
    assert "You leave b out." in step.summary and "<td>2 of 3</td>" in step.summary


def test_what_follows_from_one_mistake_is_no_annotation_of_its_own(step: Step) -> None:
    broken = submission(double="def double(x:\n    return 2 * x", after="double(1)\ndouble(2)")
    save(broken, step.place / "a.ipynb")
    assert step.run("a.ipynb") == 0
    (only,) = step.commands()
    assert only[0] == "error" and "SyntaxError" in only[4]
    assert "stopped as well: there was no double" in step.summary
    assert "<h3>02_small: 4 of 11 points, 2 not marked yet</h3>" in step.summary


def test_the_result_for_classrooms_reporter(step: Step) -> None:
    save(submission(), step.place / "a.ipynb")
    assert step.run("a.ipynb") == 0
    assert step.commands() == [] and step.outputs["passed"] == "true"
    assert step.result["status"] == "pass" and step.result["max_score"] == MAX_SCORE
    assert sum(test["score"] for test in step.result["tests"]) == MAX_SCORE
    save(submission(double=""), step.place / "b.ipynb")
    assert step.run("a.ipynb", "b.ipynb") == 0
    assert step.result["status"] == "fail" and step.result["max_score"] == 2 * MAX_SCORE
    failed = [test for test in step.result["tests"] if test["status"] == "fail"]
    assert [test["name"].rpartition(": ")[2] for test in failed] == ["double"]
    (step.place / "c.ipynb").write_text("{")
    assert step.run("c.ipynb") == 1
    assert step.result["status"] == "error" and step.outputs["passed"] == "false"
    assert step.commands()[0][0] == "error" and "its JSON is broken" in step.commands()[0][4]


def test_what_a_stranger_wrote_is_neither_command_nor_markup(step: Step) -> None:
    evil = "raise ValueError('::add-mask::x\\n::error::y\\n<img src=x> | `%0A`')"
    save(submission(after=evil), step.place / "a.ipynb")
    step.run("a.ipynb")
    (stopped,) = step.commands()
    assert stopped[3] == "cell 10 stopped" and "\n" not in stopped[4]
    assert "<img" not in step.summary and "&lt;img" in step.summary
    assert len(step.outputs) == 4


@pytest.mark.parametrize("piece", ['"\\"', '{"cells":[', '"', "[", "\\", '":"'])
def test_no_text_keeps_the_search_for_lines_busy(piece: str) -> None:
    assert github._lines(piece * 200_000) == ({}, {})  # a search that goes back takes hours


def test_one_of_json_and_github(small: Path, tmp_path: Path, capsys: Any) -> None:
    save(submission(), tmp_path / "a.ipynb")
    command = ["--course", str(small), "grade", str(tmp_path), "--github", "--json"]
    assert cli.main(command) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_template_is_what_classroom_wants_and_its_commands_are_ours() -> None:
    workflow = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    assert workflow["name"] == "Autograding Tests" and [*workflow["jobs"]] == [
        "run-autograding-tests"
    ]
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["run-autograding-tests"]["steps"]
    checkouts = [one["with"] for one in steps if "checkout" in one.get("uses", "")]
    assert len(checkouts) == 2
    assert all(one["persist-credentials"] is False for one in checkouts)
    reporter = next(one for one in steps if "reporter" in one.get("uses", ""))
    (name,) = reporter["env"]
    assert name == f"{reporter['with']['runners'].upper()}_RESULTS"
    for script in (one["run"] for one in steps if "run" in one):
        assert "${{" not in script  # a stranger's text would become part of the script
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        for line in script.splitlines():
            if " grade " in line:
                arguments = line.split("autograder ", 1)[1].split()
                help = [sys.executable, "-m", "autograder", arguments[0], "--help"]
                said = subprocess.run(help, capture_output=True, text=True, cwd=ROOT).stdout
                assert all(flag in said for flag in arguments if flag.startswith("--"))
