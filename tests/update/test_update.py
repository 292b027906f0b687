"""A learner takes a new version of the course: real git, real clones, nothing lost."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

import autograder.update.pull
from autograder.update.pull import update
from autograder.update.transplant import transplant

UNIT = "notebooks/02_forget_gate/forget_gate.ipynb"
ANSWER = "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    return 1 / (1 + np.exp(-x @ U_f))"


# --- notebooks ------------------------------------------------------------------------------------


def cell(name: str, source: str, kind: str = "code", **nbgrader: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    if nbgrader:
        marks = {"schema_version": 3, "grade": False, "solution": False, "locked": False}
        made["metadata"]["nbgrader"] = marks | nbgrader
    return made


def book(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def released() -> dict[str, Any]:
    """A unit as the course has it: prose, an exercise, its locked test, play, an open question."""
    return book(
        cell("prose", "# The forget gate", "markdown"),
        cell("code-1", "raise NotImplementedError()", grade_id="forget_gate", solution=True),
        cell("test-1", "check(forget_gate)", grade_id="t1", grade=True, locked=True, points=4),
        cell("play", "plot(bias=0)"),
        cell(
            "open",
            "YOUR ANSWER HERE",
            "markdown",
            grade_id="why",
            grade=True,
            solution=True,
            points=2,
        ),
    )


def find(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in notebook["cells"] if item["id"] == name)


def sources(notebook: dict[str, Any]) -> list[str]:
    return [item["source"] for item in notebook["cells"]]


def output(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def solved() -> dict[str, Any]:
    mine = released()
    find(mine, "code-1").update(source=ANSWER, execution_count=3, outputs=[output("mine")])
    find(mine, "open")["source"] = "Because it **forgets**."
    return mine


def test_nothing_changed_gives_the_new_version_itself():
    theirs = released()
    find(theirs, "prose")["source"] = "# The forget gate, better told"
    assert transplant(released(), released(), theirs) == theirs


def test_answers_keep_what_was_written_and_the_rest_is_new():
    base, mine, theirs = released(), solved(), released()
    find(theirs, "code-1")["source"] = "# a better stub\nraise NotImplementedError()"
    find(theirs, "open")["metadata"]["nbgrader"]["points"] = 3
    theirs["cells"].insert(1, cell("picture", "draw()"))
    before = copy.deepcopy((base, mine, theirs))
    new = transplant(base, mine, theirs)
    assert (base, mine, theirs) == before, "none of the three versions may be changed"
    assert [item["id"] for item in new["cells"]] == [item["id"] for item in theirs["cells"]]
    assert find(new, "code-1")["source"] == ANSWER
    assert find(new, "code-1")["outputs"] == [output("mine")]
    assert find(new, "open")["source"] == "Because it **forgets**."
    assert find(new, "open")["metadata"]["nbgrader"]["points"] == 3
    nbformat.validate(new)


def test_an_answer_is_found_by_its_grade_id_when_cell_ids_changed():
    theirs = released()
    find(theirs, "code-1")["id"] = "renamed"
    assert find(transplant(released(), solved(), theirs), "renamed")["source"] == ANSWER


def test_an_untouched_stub_takes_the_new_stub():
    theirs = released()
    find(theirs, "code-1")["source"] = "# a better stub\nraise NotImplementedError()"
    assert transplant(released(), released(), theirs) == theirs


def test_locked_cells_are_always_the_course_s():
    mine, theirs = released(), released()
    find(mine, "test-1")["source"] = "pass"
    find(theirs, "test-1")["source"] = "check(forget_gate, strict=True)"
    assert transplant(released(), mine, theirs) == theirs
    assert transplant(released(), mine, released()) == released()


def test_added_cells_stay_after_the_cell_they_followed():
    mine, theirs = released(), released()
    mine["cells"].insert(0, cell("top", "my title", "markdown"))
    mine["cells"].insert(4, cell("try", "forget_gate(0)"))
    mine["cells"].insert(5, cell("try-2", "forget_gate(1)"))
    theirs["cells"].insert(3, cell("new", "a new cell of the course"))
    ids = [item["id"] for item in transplant(released(), mine, theirs)["cells"]]
    assert ids == ["top", "prose", "code-1", "test-1", "try", "try-2", "new", "play", "open"]


def test_an_ordinary_cell_keeps_the_change_of_the_one_side_that_changed_it():
    mine, theirs = released(), released()
    find(mine, "play").update(source="plot(bias=5)", outputs=[output("mine")])
    find(theirs, "prose")["source"] = "# Told better"
    new = transplant(released(), mine, theirs)
    assert find(new, "play")["source"] == "plot(bias=5)"
    assert find(new, "play")["outputs"] == [output("mine")]
    assert find(new, "prose")["source"] == "# Told better"


def test_where_both_changed_a_cell_the_learner_s_follows_under_its_own_id():
    mine, theirs = released(), released()
    find(mine, "play")["source"] = "plot(bias=5)"
    mine["cells"].insert(4, cell("after", "my note", "markdown"))
    find(theirs, "play")["source"] = "plot(bias=0, colour='blue')"
    new = transplant(released(), mine, theirs)
    assert sources(new)[3:6] == ["plot(bias=0, colour='blue')", "plot(bias=5)", "my note"]
    ids = [item["id"] for item in new["cells"]]
    assert len(set(ids)) == len(ids)
    nbformat.validate(new)
    again = transplant(theirs, new, theirs)
    assert again == new, "a second update must not copy it once more"


def test_an_exercise_that_the_course_dropped_leaves_the_answer_as_a_cell_of_its_own():
    theirs = released()
    del theirs["cells"][1:3]
    new = transplant(released(), solved(), theirs)
    kept = new["cells"][1]
    assert kept["source"] == ANSWER and "nbgrader" not in kept["metadata"]
    assert "check(forget_gate)" not in sources(new), "its locked test goes"
    untouched = transplant(released(), released(), theirs)
    assert untouched == theirs, "an untouched stub goes with its exercise"


def test_a_deleted_cell_stays_deleted_only_where_that_loses_nothing():
    mine, theirs = released(), released()
    mine["cells"] = [find(mine, "open")]
    find(theirs, "prose")["source"] = "# Told better"
    ids = [item["id"] for item in transplant(released(), mine, theirs)["cells"]]
    assert ids == ["prose", "code-1", "test-1", "open"]


def test_a_pasted_copy_of_an_answer_does_not_stand_in_for_it():
    mine = solved()
    pasted = copy.deepcopy(find(mine, "code-1"))
    pasted.update(id="pasted", source="an older try")
    mine["cells"].insert(1, pasted)
    new = transplant(released(), mine, released())
    assert find(new, "code-1")["source"] == ANSWER
    assert find(new, "pasted")["source"] == "an older try"
    assert "nbgrader" not in find(new, "pasted")["metadata"]


def test_a_notebook_that_came_back_without_cell_ids_is_recognised():
    mine = solved()
    find(mine, "prose")["source"] = "# My forget gate"
    for item in mine["cells"]:
        del item["id"]
    new = transplant(released(), mine, released())
    assert sources(new) == sources(mine)
    nbformat.validate(new)


def test_source_as_lines_and_as_one_string_are_the_same():
    mine, theirs = released(), released()
    for item in mine["cells"]:
        item["source"] = item["source"].splitlines(keepends=True)
    find(theirs, "prose")["source"] = "# Told better"
    assert sources(transplant(released(), mine, theirs))[0] == "# Told better"


# --- clones ---------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(folder: Path, notebook: dict[str, Any], path: str = UNIT) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / path).write_text(text, encoding="utf-8")


def read(folder: Path, path: str = UNIT) -> dict[str, Any]:
    return json.loads((folder / path).read_text(encoding="utf-8"))


def commit(folder: Path, message: str = "a change") -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


class Course:
    """The course's repository, its author's clone and a learner's clone."""

    def __init__(self, place: Path) -> None:
        self.bare, self.author, self.learner = (
            place / name for name in ("upstream.git", "author", "learner")
        )
        git(place, "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        git(place, "clone", "--quiet", str(self.bare), str(self.author))
        git(self.author, "checkout", "--quiet", "-b", "main")
        (self.author / ".gitignore").write_text("notebooks/.backup/\n")
        (self.author / "README.md").write_text("The course\n")
        write(self.author, released())
        self.publish()
        git(place, "clone", "--quiet", str(self.bare), str(self.learner))
        self.said: list[str] = []

    def publish(self) -> None:
        commit(self.author, "the course")
        git(self.author, "push", "--quiet", "origin", "main")

    def publish_new_version(self) -> None:
        theirs = released()
        find(theirs, "prose")["source"] = "# Told better"
        find(theirs, "code-1")["source"] = "# a better stub\nraise NotImplementedError()"
        write(self.author, theirs)
        write(self.author, released(), "notebooks/03_input_gate/input_gate.ipynb")
        (self.author / "README.md").write_text("The course, better\n")
        self.publish()

    def update(self) -> int:
        return update(self.learner, out=self.said.append)

    def report(self) -> str:
        return "\n".join(self.said)

    def state(self) -> tuple[dict[str, bytes], str, str]:
        """Every file of the learner's, what git says about them, and where HEAD is."""
        files = {
            str(path.relative_to(self.learner)): path.read_bytes()
            for path in sorted(self.learner.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.learner).parts[:1]
        }
        return files, git(self.learner, "status", "--short"), git(self.learner, "rev-parse", "HEAD")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text("[user]\n\tname = A\n\temail = a@localhost\n")
    return Course(tmp_path)


def assert_work_is_in_the_new_version(course: Course) -> None:
    new = read(course.learner)
    assert find(new, "code-1")["source"] == ANSWER
    assert find(new, "code-1")["outputs"] == [output("mine")]
    assert find(new, "open")["source"] == "Because it **forgets**."
    assert find(new, "prose")["source"] == "# Told better"
    assert (course.learner / "README.md").read_text() == "The course, better\n"
    assert (course.learner / "notebooks/03_input_gate/input_gate.ipynb").exists()
    copies = list((course.learner / "notebooks/.backup").rglob("*.ipynb"))
    assert [json.loads(path.read_text()) for path in copies] == [solved()]
    assert git(course.learner, "worktree", "list").count("\n") == 0


def test_uncommitted_work_is_carried_over(course: Course):
    write(course.learner, solved())
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)
    assert git(course.learner, "rev-parse", "HEAD") == git(course.author, "rev-parse", "HEAD")
    assert UNIT in course.report() and ".backup" in course.report()
    text = (course.learner / UNIT).read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def test_staged_work_is_carried_over(course: Course):
    write(course.learner, solved())
    git(course.learner, "add", "--all")
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)


def test_committed_work_is_carried_over_and_stays_committed(course: Course):
    write(course.learner, solved())
    (course.learner / "notes.md").write_text("my notes\n")
    commit(course.learner, "my answers")
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)
    assert (course.learner / "notes.md").read_text() == "my notes\n"
    assert git(course.learner, "status", "--short") == ""
    log = git(course.learner, "log", "--format=%s")
    assert "my answers" in log and "as the course had them" not in log.splitlines()[0]


def test_work_both_committed_and_not_survives_two_updates(course: Course):
    half = released()
    find(half, "code-1")["source"] = "half an answer"
    write(course.learner, half)
    commit(course.learner)
    write(course.learner, solved())
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)
    theirs = read(course.author)
    find(theirs, "prose")["source"] = "# Told even better"
    write(course.author, theirs)
    course.publish()
    assert course.update() == 0, course.report()
    new = read(course.learner)
    assert find(new, "prose")["source"] == "# Told even better"
    assert find(new, "code-1")["source"] == ANSWER
    assert len(new["cells"]) == len(released()["cells"])


def test_an_exercise_dropped_by_the_course_is_kept_as_an_added_cell(course: Course):
    write(course.learner, solved())
    theirs = released()
    del theirs["cells"][1:3]
    write(course.author, theirs)
    course.publish()
    assert course.update() == 0, course.report()
    assert ANSWER in sources(read(course.learner))


@pytest.mark.parametrize("committed", [False, True])
def test_a_unit_dropped_by_the_course_is_left_to_the_learner(course: Course, committed: bool):
    write(course.learner, solved())
    if committed:
        commit(course.learner)
    git(course.author, "rm", "--quiet", UNIT)
    course.publish()
    assert course.update() == 0, course.report()
    assert read(course.learner) == solved()


def test_without_work_the_course_is_simply_the_new_one(course: Course):
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert git(course.learner, "rev-parse", "HEAD") == git(course.author, "rev-parse", "HEAD")
    assert git(course.learner, "status", "--short") == ""
    assert not (course.learner / "notebooks/.backup").exists()


def test_nothing_new_leaves_everything_alone(course: Course):
    write(course.learner, solved())
    before = course.state()
    assert course.update() == 0
    assert course.state() == before
    assert "up to date" in course.report()


def test_a_deleted_notebook_comes_back(course: Course):
    git(course.learner, "rm", "--quiet", UNIT)
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert read(course.learner) == read(course.author)


def test_a_learner_who_never_told_git_a_name(course: Course):
    write(course.learner, solved())
    commit(course.learner)
    course.publish_new_version()
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("[user]\n\tuseConfigOnly = true\n")
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)


def test_a_fork_takes_the_course_from_upstream(course: Course, tmp_path: Path):
    fork = tmp_path / "fork.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(course.bare), str(fork))
    git(course.learner, "remote", "rename", "origin", "upstream")
    git(course.learner, "remote", "add", "origin", str(fork))
    write(course.learner, solved())
    course.publish_new_version()
    assert course.update() == 0, course.report()
    assert_work_is_in_the_new_version(course)


# --- failures: everything is as it was ------------------------------------------------------------


def assert_refused(course: Course, *words: str) -> None:
    before = course.state()
    assert course.update() == 1, course.report()
    after = course.state()
    kept = {name: data for name, data in after[0].items() if "/.backup/" not in name}
    assert (kept, after[1], after[2]) == before
    assert git(course.learner, "worktree", "list").count("\n") == 0
    assert "nothing has been changed" in course.report()
    for word in words:
        assert word in course.report()


def test_the_course_cannot_be_reached(course: Course):
    write(course.learner, solved())
    course.publish_new_version()
    course.bare.rename(course.bare.with_name("gone"))
    assert_refused(course, "origin cannot be reached")


def test_a_clone_without_a_remote(course: Course):
    write(course.learner, solved())
    git(course.learner, "remote", "remove", "origin")
    assert_refused(course, "no git remote")


def test_a_folder_that_is_no_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    said: list[str] = []
    assert update(tmp_path, out=said.append) == 1
    assert "not a git clone" in said[0]


def test_an_uncommitted_change_to_another_file_of_the_course(course: Course):
    write(course.learner, solved())
    git(course.learner, "add", "--all")
    (course.learner / "README.md").write_text("my notes on the course\n")
    course.publish_new_version()
    assert_refused(course, "README.md")


def test_a_committed_change_to_the_same_lines_of_another_file(course: Course):
    (course.learner / "README.md").write_text("my notes on the course\n")
    commit(course.learner)
    write(course.learner, solved())
    course.publish_new_version()
    assert_refused(course, "README.md")


def test_a_file_of_the_learner_s_where_the_course_puts_a_new_one(course: Course):
    write(course.learner, solved())
    write(course.learner, solved(), "notebooks/03_input_gate/input_gate.ipynb")
    course.publish_new_version()
    assert_refused(course, "input_gate.ipynb")


def test_a_notebook_that_is_not_readable(course: Course):
    (course.learner / UNIT).write_text("<<<<<<< HEAD\n")
    course.publish_new_version()
    assert_refused(course, UNIT, "not a readable notebook")


@pytest.mark.parametrize("committed", [False, True])
def test_a_failure_at_the_very_end_undoes_it_all(
    course: Course, committed: bool, monkeypatch: pytest.MonkeyPatch
):
    # The new version is already in place when the disk turns out to be full.
    write(course.learner, solved())
    if committed:
        commit(course.learner)
    course.publish_new_version()
    real, refused = autograder.update.pull._write, []

    def full_once(path: Path, content: bytes) -> None:
        if path == course.learner.resolve() / UNIT and not refused:
            refused.append(path)
            raise OSError("no space left on device")
        real(path, content)

    monkeypatch.setattr(autograder.update.pull, "_write", full_once)
    assert_refused(course, "no space left on device")
    assert refused
