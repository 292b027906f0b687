"""A class's archive: what a student needs, and no answer that is not said."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from autograder.authoring.give_out import answers, code, plain, release_course
from autograder.authoring.packages import in_package, packages
from autograder.course import AuthorError, units

UP_TO = "03_input_gate"


@pytest.fixture(scope="module")
def packed(course: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(the archive, unpacked; what the command said)."""
    place = tmp_path_factory.mktemp("release")
    said = "\n".join(release_course(course, UP_TO, place / "lstm.zip"))
    with zipfile.ZipFile(place / "lstm.zip") as archive:
        archive.extractall(place)
    return place / "lstm-course", said


def test_what_students_handed_in_is_no_part_of_the_packages(tmp_path: Path) -> None:
    """Neither are packages that they handed in, which lie below autograder/ in a classroom."""
    for place in ("", "grading", "grading/inner"):
        (tmp_path / "autograder" / place).mkdir(exist_ok=True, parents=True)
        (tmp_path / "autograder" / place / "__init__.py").write_text("")
    for place in ("submitted/ada/02_unit", "submitted/ada/02_unit/deep"):
        (tmp_path / "autograder" / place).mkdir(parents=True)
        for name in ("__init__.py", "mine.py", "notes.txt"):
            (tmp_path / "autograder" / place / name).write_text("private")
    found = [p.relative_to(tmp_path / "autograder") for p in in_package(tmp_path / "autograder")]
    assert sorted(path.as_posix() for path in found) == [
        "__init__.py",
        "grading/__init__.py",
        "grading/inner/__init__.py",
    ]


def test_all_that_the_packages_consist_of_is_given_out() -> None:
    """Scripts, styles, questions and catalogues too, of whatever kind there will be."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "utils"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(names.strip("\0").split("\0")) <= {name for name, _ in packages()}


def test_it_holds_no_answer_but_those_of_earlier_units_that_are_named(
    course: Path, packed: tuple[Path, str]
) -> None:
    folder, said = packed
    known = answers(course)
    assert len(known) > 40
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert not [name for name in files if re.search(r"solutions|\.git|exercises\.py|tests/", name)]
    given = sorted(p.parent.relative_to(folder / "notebooks") for p in folder.rglob("cases.npz"))
    translated = Path("de/02_forget_gate")
    assert given == sorted([*map(Path, units(course)[:4]), translated])
    assert "utils/language/de.po" in files  # and speaks German there
    texts = {name: plain(code(name, path.read_bytes())) for name, path in files.items()}
    found = {
        (name, id) for name, text in texts.items() for id, body in known.items() if body in text
    }
    assert {name for name, _ in found} <= {
        "notebooks/02_forget_gate/earlier.py",
        "notebooks/03_input_gate/earlier.py",
        "notebooks/de/02_forget_gate/earlier.py",
    }
    assert {id for _, id in found} == {"sigmoid", "forget_gate"}  # of 00 and 02, by 03's earlier.py
    assert "02_forget_gate: its answers forget_gate are inside" in said
    assert re.search("stand_ins: code for .*parity_params.* can be read there", said)
    # a master's words, which no notebook shows, are in no file
    assert "BEGIN SOLUTION" not in "".join(
        path.read_text()
        for name, path in files.items()
        if name.startswith("notebooks/0") and path.suffix in (".ipynb", ".py")
    )


def test_what_is_in_it_runs(packed: tuple[Path, str]) -> None:
    folder, _ = packed
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "progress"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0 and "forget_gate" in done.stdout, done.stderr
    here = [sys.executable, "-c", "import utils.check; print(utils.check.__file__)"]
    done = subprocess.run(here, cwd=folder, capture_output=True, text=True)
    assert str(folder) in done.stdout
    for name in ("pyproject.toml", "constraints.txt", "Makefile"):
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()


def test_nothing_is_overwritten(course: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("mine")
    with pytest.raises(AuthorError, match="is there already"):
        list(release_course(course, UP_TO, tmp_path / "mine.zip"))
    assert (tmp_path / "mine.zip").read_text() == "mine"
