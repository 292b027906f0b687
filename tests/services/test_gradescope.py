"""/autograder as Gradescope lays it out, in a folder of its own: what goes in, and results.json."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small_course import MAX_SCORE, UNIT, make_course, save, submission

from autograder import cli

# https://gradescope-autograders.readthedocs.io/en/latest/specs/, written down by hand
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
SCHEMA = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["score", "max_score", "name"],
                "additionalProperties": False,
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}
DUE = "2026-11-20T23:00:00.000000-07:00"
HOSTILE = """
import glob, os
found = []
for place in ("..", "../..", "{root}", "{root}/source/course", "{root}/results"):
    try:
        found += os.listdir(place)
        open(place + "/results.json", "w").write('{{"score": 100, "tests": []}}')
    except OSError:
        pass
answers = glob.glob("{root}/**/exercises.py", recursive=True)
assert not answers, answers
print("::error::" + repr(found))
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What setup.sh makes, without the network: the libraries of this environment."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    packages = next(place.glob("lib/python*/site-packages"))
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return place


class Gradescope:
    """The folder that is /autograder there."""

    def __init__(self, root: Path, archive: Path, environment: Path) -> None:
        self.root = root
        for name in ("source", "submission", "results"):
            (root / name).mkdir(parents=True)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(root / "source")
        run = root / "run_autograder"
        run.write_bytes((root / "source" / "run_autograder").read_bytes())
        run.chmod(0o755)
        (root / "venv").symlink_to(environment)

    def run(self, created: str = "2026-11-20T12:00:00.000000-07:00", **more: Any) -> Any:
        told = {"id": 1, "created_at": created, "assignment": {"due_date": DUE}, "users": []}
        (self.root / "submission_metadata.json").write_text(json.dumps(told | more))
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AUTOGRADER"))}
        self.done = subprocess.run(
            ["./run_autograder"],
            cwd=self.root,
            env=clean,
            capture_output=True,
            text=True,
            timeout=120,
        )
        file = self.root / "results" / "results.json"
        if self.done.returncode or not file.is_file():
            return None
        found = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.validate(found, SCHEMA)
        return found


@pytest.fixture
def gradescope(small: Path, tmp_path: Path, environment: Path) -> Gradescope:
    archive = tmp_path / "unit.zip"
    command = ["--course", str(small), "gradescope", UNIT, "-o", str(archive)]
    assert cli.main([*command, "--late-penalty", "10"]) == 0
    made = Gradescope(tmp_path / "autograder", archive, environment)
    packages = next(environment.glob("lib/python*/site-packages"))
    # as setup.sh does, before all else that is there
    (packages / "course.pth").write_text(
        f"import sys; sys.path.insert(1, {str(made.root / 'source' / 'lib')!r})\n"
    )
    return made


def test_an_honest_submission(gradescope: Gradescope) -> None:
    save(submission(total=""), gradescope.root / "submission" / "homework (2).ipynb")
    found = gradescope.run()
    assert found is not None, gradescope.done.stdout + gradescope.done.stderr
    assert found["score"] == MAX_SCORE - 3
    assert [(t["name"], t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        ("double", 5, 5, "passed"),
        ("total", 0, 3, "failed"),
        ("limit_is_seven", 1, 1, "passed"),
    ]
    assert "not written yet" in found["tests"][1]["output"]
    assert (found["visibility"], found["stdout_visibility"]) == ("visible", "hidden")
    assert "Isolation while it ran: " in found["output"]
    assert "due date" not in found["output"]
    assert str(gradescope.root) not in json.dumps(found)


def test_a_hostile_submission_gets_what_its_answers_are_worth(gradescope: Gradescope) -> None:
    hostile = HOSTILE.format(root=gradescope.root)
    os.symlink("/etc/passwd", gradescope.root / "submission" / "more.ipynb")
    save(submission(before=hostile, double=""), gradescope.root / "submission" / "small.ipynb")
    found = gradescope.run()
    assert found["score"] == MAX_SCORE - 5
    assert "small.ipynb was graded alone" not in found["output"]  # a link is no notebook
    assert "root:" not in json.dumps(found)
    assert "AssertionError" not in found["output"]  # the answers were not to be seen


@pytest.mark.parametrize("content", [b"{", b"", b"PK\x03\x04", b"\xff" * 200, b"[" * 100_000])
def test_a_malformed_submission_is_told_what_is_wrong(
    gradescope: Gradescope, content: bytes
) -> None:
    (gradescope.root / "submission" / "small.ipynb").write_bytes(content)
    found = gradescope.run()
    assert found["score"] == 0 and len(found["tests"]) == 3
    assert "This could not be graded" in found["output"] and "small.ipynb: " in found["output"]


def test_nothing_handed_in_and_several_files(gradescope: Gradescope) -> None:
    assert "there is no notebook" in gradescope.run()["output"]
    save(submission(double=""), gradescope.root / "submission" / "a.ipynb")
    save(submission(), gradescope.root / "submission" / "sub" / "small.ipynb")
    (gradescope.root / "submission" / "b.ipynb").write_text("{}")
    found = gradescope.run()
    assert found["score"] == MAX_SCORE  # the one with the unit's own name
    assert "of the files handed in, small.ipynb was graded alone" in found["output"]


def test_a_late_submission_costs_what_the_teacher_said(gradescope: Gradescope) -> None:
    save(submission(), gradescope.root / "submission" / "small.ipynb")
    found = gradescope.run(created="2026-11-22T01:05:00.000000-07:00")
    assert "Handed in 1 d 2 h 5 min after the due date: 10 % for each day" in found["output"]
    assert found["score"] == pytest.approx(0.8 * MAX_SCORE)
    assert sum(test["score"] for test in found["tests"]) == MAX_SCORE
    # whoever has an extension is not late
    longer = {"email": "ada", "assignment": {"due_date": "2026-11-30T23:00:00.000000-07:00"}}
    found = gradescope.run(created="2026-11-22T01:05:00.000000-07:00", users=[longer])
    assert found["score"] == MAX_SCORE and "due date" not in found["output"]
    # and who cannot be told late is not
    found = gradescope.run(created="yesterday")
    assert found["score"] == MAX_SCORE and "does not tell" in gradescope.done.stdout


def test_a_fault_of_the_graders_is_nobodys_zero(gradescope: Gradescope) -> None:
    save(submission(), gradescope.root / "submission" / "small.ipynb")
    broken = gradescope.root / "source" / "course" / "solutions" / UNIT / "exercises.py"
    broken.write_text("raise ValueError('of the course')")
    assert gradescope.run() is None and gradescope.done.returncode == 1
    assert gradescope.done.stdout.startswith("Nothing was graded: ")


def test_the_archive_holds_no_classroom_and_is_the_same_each_time(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    for out in (first, second):
        assert cli.main(["--course", str(small), "gradescope", UNIT, "-o", str(out)]) == 0
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        names = packed.namelist()
        for name in ("setup.sh", "run_autograder"):
            assert stat.S_IMODE(packed.getinfo(name).external_attr >> 16) == 0o755
            script = packed.read(name)
            done = subprocess.run(["bash", "-n"], input=script, capture_output=True)
            assert done.returncode == 0, done.stderr
    assert {"requirements.txt", "lib/autograder/schema.json", "lib/utils/check.py"} <= set(names)
    classroom = ("/submitted/", "/autograded/", "/feedback/", ".db", ".git")
    assert not [name for name in names if any(word in name for word in classroom)]
    # a file of somebody else's stays, and what is not built is not packed
    other = tmp_path / "mine.zip"
    other.write_text("mine")
    assert cli.main(["--course", str(small), "gradescope", UNIT, "-o", str(other)]) == 1
    assert other.read_text() == "mine" and "name another file" in capsys.readouterr().err
    assert cli.main(["--course", str(small), "gradescope", "02_smal"]) == 2
