"""An author's mistakes, said in one line: the file, its line, and the way out."""

from __future__ import annotations

import ast
import inspect
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from autograder.course import AuthorError
from utils.judging.spec import Kind, Question, names
from utils.judging.wire import Foreign

if TYPE_CHECKING:
    from autograder.authoring.exercise import Exercise, Group

HELP = "docs/your-own-course.md shows how"


@contextmanager
def blamed(folder: Path, what: str = "") -> Iterator[None]:
    """Turns whatever is raised inside into AuthorError: where in the unit's own files it was.

    what: said after the place ("exercise newton", say).
    """
    try:
        yield
    except AuthorError:
        raise
    except SyntaxError as error:
        place = Path(error.filename or folder)
        raise AuthorError(f"{place}, line {error.lineno}: {error.msg}") from None
    except Exception as error:
        own = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if folder.parent in Path(frame.filename).parents
        ]
        where = f"{own[-1].filename}, line {own[-1].lineno}" if own else f"{folder}"
        said = error.args[0] if isinstance(error, LookupError) and error.args else error
        text = " ".join(f"{type(error).__name__}: {said}".split())
        raise AuthorError(": ".join(filter(None, [where, what, text]))) from None


def check_declared(path: Path, exercises: Any, questions: Any, rubric: Any) -> None:
    """Raises AuthorError where EXERCISES, QUESTIONS or RUBRIC do not fit together."""
    if not exercises:
        raise AuthorError(f"{path}: EXERCISES is empty; a unit has at least one ({HELP})")
    ids = [exercise.id for exercise in exercises]
    for id in ids:
        if ids.count(id) > 1:
            raise AuthorError(f"{path}: two exercises are called {id}")
    for exercise in exercises:
        _check_tuple(path, exercise.id, "wrong", exercise.wrong)
        _check_tuple(path, exercise.id, "hints", exercise.hints)
    if not all(isinstance(idea, str) for idea in rubric):
        raise AuthorError(f"{path}: RUBRIC is a tuple of texts, one for each point")
    for question in questions:
        if not isinstance(question, Question):
            raise AuthorError(f"{path}: QUESTIONS holds a {type(question).__name__}")
        _check_tuple(path, f"question {question.name}", "options", question.options)
        _check_tuple(path, f"question {question.name}", "answers", question.answers)
        if len(question.options) != len(question.answers):
            raise AuthorError(
                f"{path}: question {question.name} has {len(question.options)} options and "
                f"{len(question.answers)} answers"
            )
        if not 0 <= question.right < len(question.options):
            last = len(question.options) - 1
            raise AuthorError(
                f"{path}: question {question.name}: right is {question.right}; the options count "
                f"from 0 to {last}"
            )


def _check_tuple(path: Path, owner: str, field: str, value: Any) -> None:
    if not isinstance(value, tuple | list):
        raise AuthorError(
            f"{path}: {owner}: {field} is a {type(value).__name__}, not a tuple; a tuple of one "
            f"ends in a comma: ({field}1,)"
        )


def check_groups(exercise: Exercise, groups: list[Group]) -> None:
    """Raises ValueError where an exercise's groups do not fit it or each other."""
    titles = [group.name for group in groups]
    for group in groups:
        if group.kind not in get_args(Kind):
            kinds = ", ".join(get_args(Kind))
            raise ValueError(f"group {group.name!r}: kind {group.kind!r} is none of {kinds}")
        if titles.count(group.name) > 1:
            raise ValueError(f"two groups are called {group.name!r}")
        if not group.cases and group.kind in ("values", "quiet"):
            raise ValueError(f"group {group.name!r} has no cases")
        for args in group.cases:
            _check_names(exercise, group, list(args))
    if not any(group.kind in ("values", "quiet") for group in groups):
        raise ValueError("no group compares values")
    for wrong in exercise.wrong:
        for lost in names(wrong.costs):
            if lost not in titles:
                raise ValueError(f"wrong answer {wrong.name!r} costs {lost!r}: no such group")


def _check_names(exercise: Exercise, group: Group, given: list[str]) -> None:
    takes = list(inspect.signature(exercise.reference).parameters)
    if given != takes[: len(given)]:
        raise ValueError(
            f"group {group.name!r}: a case has ({', '.join(given)}), but {exercise.id} takes "
            f"({', '.join(takes)})"
        )


def check_expected(exercise: Exercise, value: Any) -> None:
    """Raises ValueError where a reference answers what no answer can be compared with."""
    match value:
        case Foreign(name):
            raise ValueError(f"the reference of {exercise.id} answers with a {name}")
        case tuple() | list():
            for item in value:
                check_expected(exercise, item)
        case dict():
            for item in value.values():
                check_expected(exercise, item)


def check_cells(master: Path, cells: dict[str, Any], id: str) -> None:
    """Raises AuthorError where the cells of an exercise are not what the build needs.

    cells: grade id → cell, for all cells that have one.
    """
    source = cells[id].source
    for mark in ("### BEGIN SOLUTION", "### END SOLUTION"):
        if mark not in source:
            raise AuthorError(
                f"{master}: the cell {id} has no line {mark}: without it the student gets an "
                f"empty cell"
            )
    if not cells[id].metadata.nbgrader.get("solution"):
        raise AuthorError(f'{master}: the cell {id} is no answer: give it "solution": true')
    check = cells[f"check_{id}"]
    if f"check({id})" not in "".join(check.source.split()):
        raise AuthorError(f"{master}: the cell check_{id} does not call check({id})")
    if not check.metadata.nbgrader.get("grade") or "points" not in check.metadata.nbgrader:
        raise AuthorError(f'{master}: the cell check_{id} needs "grade": true and "points"')
    opened, closed = (check.source.count(f"### {word} HIDDEN TESTS") for word in ("BEGIN", "END"))
    if opened != closed:
        raise AuthorError(f"{master}: the hidden tests of check_{id} begin and do not end")


def asked(source: str) -> Iterator[str]:
    """The names in `ask("…")` of a cell's source, as far as it is Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ask" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
