"""From one master to notebooks: `autograder build`.

A unit's master (Jupytext percent text) and its `exercises.py` give everything else: the paired
solution notebook, the cases, the finished functions of earlier units, the files it asks for, and
through nbgrader's own GenerateAssignment the student notebook. Built twice, the bytes are the same.
A notebook that was changed by hand is left alone unless `force` is given.
"""

from __future__ import annotations

import ast
import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbconvert.preprocessors import Preprocessor
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import PyFileConfigLoader

from autograder.authoring.exercise import Unit, load_unit, same_spec
from autograder.authoring.lists import renewed
from autograder.authoring.mistakes import HELP, asked, check_cells
from autograder.authoring.releases import remember
from autograder.authoring.translation import catalogues, translated
from autograder.course import AuthorError, units
from utils.judging.spec import pack_spec, read_contents, read_spec
from utils.judging.wire import names, to_bytes

MARK = "lstm_course"  # the notebook metadata in which a build leaves its stamp
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def build(
    root: Path,
    chosen: list[str] | None = None,
    *,
    check: bool = False,
    force: bool = False,
    out: Callable[[str], None] = print,
) -> int:
    """Build the chosen units (all by default) of the course in `root`.

    check: write nothing, name every file that differs from what would be written. force: overwrite
    notebooks that were changed by hand as well. Returns 0 where everything is as it should be, 1
    where a file differs (check) or was left alone. Raises AuthorError, and LookupError for a unit
    that does not exist.
    """
    known = units(root)
    for name in chosen or []:
        if name not in known:
            raise LookupError(f"there is no unit {name!r}; there are: {', '.join(known)}")
    _unique(root, known)
    wrong = 0
    for path, data in renewed(root).items():
        if path.read_bytes() == data:
            continue
        shown = path.relative_to(root).as_posix()
        wrong += check
        out(f"{shown}: a list or table in it is not that of now" if check else f"{shown} written")
        if not check:
            path.write_bytes(data)
    for name in chosen or known:
        for path, data in files(root, name).items():
            if path.is_file() and _same(path.read_bytes(), data, path.suffix):
                continue
            shown = path.relative_to(root).as_posix()
            if check:
                wrong += 1
                out(f"{shown} differs from its master: run `autograder build {name}` and commit it")
            elif path.suffix == ".ipynb" and not force and _would_lose_work(path, data):
                wrong += 1
                out(f"{shown} was changed by hand and is left alone (--force overwrites it)")
            else:
                released = path.is_file() and path.suffix == ".ipynb"
                released = released and path.is_relative_to(root / "notebooks")
                if released and not changed_by_hand(path):
                    remember(root / "solutions" / name, path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                out(f"{shown} written")
    for path in _left_over(root, known):
        wrong += check
        shown = path.relative_to(root).as_posix()
        out(
            f"{shown} is made from nothing any more: delete it, or bring back its unit or catalogue"
        )
    return 1 if wrong else 0


def _left_over(root: Path, known: list[str]) -> Iterator[Path]:
    """Notebooks in the build's places that it made once, of a unit or language that is gone."""
    made = {root / "notebooks" / name for name in known} | {
        root / "notebooks" / language / name
        for name in known
        for language in catalogues(root / "solutions" / name)
    }
    found = [*root.glob("notebooks/*/*.ipynb"), *root.glob("notebooks/*/*/*.ipynb")]
    for path in sorted(found):
        if path.parent not in made and path.stem == path.parent.name.partition("_")[2]:
            with suppress(OSError, ValueError, KeyError, TypeError):
                if json.loads(path.read_text(encoding="utf-8"))["metadata"][MARK]:
                    yield path


def _unique(root: Path, known: list[str]) -> None:
    """Raises AuthorError where an exercise is in two units: a submission is known by its names."""
    owner: dict[str, str] = {}
    for name in known:
        for id in load_unit(root / "solutions" / name).exercises:
            if id in owner:
                raise AuthorError(
                    f"{root / 'solutions' / name / 'exercises.py'}: {id} is an exercise of "
                    f"{owner[id]} already; call it otherwise"
                )
            owner[id] = name


def files(root: Path, name: str) -> dict[Path, bytes]:
    """Every file that the build makes for a unit, with its content."""
    source = root / "solutions" / name
    unit = load_unit(source)
    notebook = solution_notebook(root, unit)
    made = {f"{unit.notebook}.ipynb": notebook_bytes(notebook), "cases.npz": _cases(unit)}
    earlier = _earlier(root, name, notebook)
    if earlier:
        made["earlier.py"] = earlier.encode()
    made |= {file: text.encode() for file, text in unit.files.items()}
    released = _release(root, source, unit, made)
    all_made = {source / file: data for file, data in made.items()} | {
        root / "notebooks" / name / file: data for file, data in released.items()
    }
    for language, catalogue in catalogues(source).items():
        place = root / "notebooks" / language / name
        for file, data in translated(released, catalogue, _released_bytes).items():
            all_made[place / file] = data
    return all_made


def release(root: Path, name: str) -> dict[str, bytes]:
    """A unit's release in English, file by file."""
    place = root / "notebooks" / name
    return {
        path.relative_to(place).as_posix(): data
        for path, data in files(root, name).items()
        if path.is_relative_to(place)
    }


def _released_bytes(notebook: Any) -> bytes:
    """Of a released notebook whose words are others now: stamped anew."""
    stamp(notebook, notebook.metadata[MARK]["unit"])
    return notebook_bytes(notebook)


def solution_notebook(root: Path, unit: Unit) -> nbformat.NotebookNode:
    """The paired notebook of a master: stable cell ids, no outputs, stamped."""
    master = root / "solutions" / unit.name / f"{unit.notebook}.py"
    if not master.is_file():
        raise AuthorError(f"{master}: this unit has no master of that name")
    notebook = jupytext.read(master, fmt="py:percent")
    # the master's own: Jupytext opens no notebook that is newer than its text and differs from it
    pairing = {"formats": "ipynb,py:percent"} | notebook.metadata.jupytext
    del pairing["text_representation"]
    notebook.metadata = nbformat.from_dict({"jupytext": pairing, "kernelspec": KERNEL})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    used: set[str] = set()
    for cell in notebook.cells:
        cell.id = _cell_id(cell, used)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    _validate(master, unit, notebook)
    stamp(notebook, unit.name)
    return notebook


def _cell_id(cell: Any, used: set[str]) -> str:
    """The grade id, else a hash of the text: another cell's change leaves it as it is."""
    base = cell.metadata.get("nbgrader", {}).get("grade_id") or (
        "c" + hashlib.sha256(cell.source.encode()).hexdigest()[:10]
    )
    number, id = 1, base
    while id in used:
        number, id = number + 1, f"{base}-{number + 1}"
    used.add(id)
    return id


def _validate(master: Path, unit: Unit, notebook: Any) -> None:
    cells: dict[str, Any] = {}
    for number, cell in enumerate(notebook.cells, 1):
        if "nbgrader" in cell.metadata:
            id = cell.metadata.nbgrader.get("grade_id")
            if not id:
                first = (cell.source.strip().splitlines() or ["(empty)"])[0]
                raise AuthorError(f"{master}: cell {number} has no grade_id: {first}")
            if id in cells:
                raise AuthorError(f"{master}: two cells have the grade id {id!r}")
            cells[id] = cell
        for name in asked(cell.source) if cell.cell_type == "code" else ():
            if name not in {question.name for question in unit.questions}:
                raise AuthorError(f"{master}: ask({name!r}): exercises.py has no such question")
    for id in unit.exercises:
        for needed in (id, f"check_{id}"):
            if needed not in cells:
                raise AuthorError(f"{master}: no cell has the grade id {needed!r}")
        check_cells(master, cells, id)
        points, score = cells[f"check_{id}"].metadata.nbgrader.points, unit.spec(id).max_score
        if points != score:
            raise AuthorError(
                f"{master}: cell check_{id} has {points} points, its checks add up to {score:g}"
            )


def digest(notebook: Any) -> str:
    """A hash of what a person writes: the cells' types and texts, not their outputs."""
    content = [[cell["cell_type"], _text(cell)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _text(cell: Any) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def stamp(notebook: Any, unit: str) -> None:
    notebook["metadata"][MARK] = {"unit": unit, "release": digest(notebook)}


def changed_by_hand(path: Path) -> bool:
    """Whether the notebook holds anything that the build did not write there."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return notebook["metadata"][MARK]["release"] != digest(notebook)
    except (ValueError, KeyError, TypeError):
        return True


def _would_lose_work(path: Path, data: bytes) -> bool:
    """A notebook changed by hand, unless it says just what is about to be written."""
    if not path.is_file() or not changed_by_hand(path):
        return False
    try:
        return digest(json.loads(path.read_text(encoding="utf-8"))) != digest(json.loads(data))
    except (ValueError, KeyError, TypeError):
        return True


class Stamp(Preprocessor):
    """The last step of a release: unpairs the student notebook from its master and stamps it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb.metadata.pop("jupytext", None)
        stamp(nb, resources["nbgrader"]["assignment"])
        return nb, resources


def notebook_bytes(notebook: Any) -> bytes:
    return (nbformat.writes(notebook) + "\n").encode()


def _cases(unit: Unit) -> bytes:
    stored: dict[str, Any] = {"contents": (asdict(unit.contents()), {})}
    for id in unit.exercises:
        stored[id] = pack_spec(unit.with_pairs(unit.spec(id)))
    return to_bytes(stored, compressed=True)


def _same(old: bytes, new: bytes, suffix: str) -> bool:
    """Equal bytes; for cases the same words, and numbers that differ by rounding alone.

    Compared is what the specs say and not how they are packed: two wrong answers that agree to the
    last bit on one processor, and so are stored once, may differ in it on another.
    """
    if old == new or suffix != ".npz":
        return old == new
    try:
        if names(old) != names(new) or read_contents(old) != read_contents(new):
            return False
        exercises = [name for name in names(new) if name != "contents"]
        return all(same_spec(read_spec(old, id), read_spec(new, id)) for id in exercises)
    except (ValueError, KeyError, TypeError, OSError):
        return False


def _earlier(root: Path, name: str, notebook: Any) -> str:
    """The finished functions that this unit imports from earlier ones; "" where it needs none."""
    wanted = [id for cell in notebook.cells for id in _imported(cell)]
    if not wanted:
        return ""
    known = dict(finished(root, before=name))
    needed: dict[str, str] = {}

    def take(id: str) -> None:
        if id in needed:
            return
        if id not in known:
            raise AuthorError(f"{name}: earlier.{id} is no exercise of an earlier unit")
        for used in sorted(_names(known[id]) & known.keys() - {id}):
            take(used)
        needed[id] = known[id]

    for id in wanted:
        take(id)
    head = '"""The finished functions of earlier units that this one builds on."""\n\n'
    head += "import numpy as np"
    return "\n\n\n".join([head, *needed.values()]) + "\n"


def _imported(cell: Any) -> Iterator[str]:
    if cell.cell_type == "code" and "from earlier import" in cell.source:
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module == "earlier":
                yield from (alias.name for alias in node.names)


def finished(root: Path, before: str = "") -> Iterator[tuple[str, str]]:
    """(function, its solution cell's code) of every exercise before a unit (of all), in order."""
    for name in units(root):
        if before and name >= before:
            return
        unit = load_unit(root / "solutions" / name)
        for cell in jupytext.read(root / "solutions" / name / f"{unit.notebook}.py").cells:
            id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if id in unit.exercises:
                marks = ("### BEGIN SOLUTION", "### END SOLUTION")
                lines = [line for line in cell.source.splitlines() if line.strip() not in marks]
                yield id, "\n".join(lines).strip()


def _names(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _release(root: Path, source: Path, unit: Unit, made: dict[str, bytes]) -> dict[str, bytes]:
    """What nbgrader's GenerateAssignment makes of a unit, from a copy in an empty folder."""
    if not (root / "nbgrader_config.py").is_file():
        raise AuthorError(f"{root} has no nbgrader_config.py, which says where things lie ({HELP})")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve()
        copy = place / "solutions" / unit.name
        left = (".ipynb_checkpoints", "__pycache__", "*.checkpoint.npz")
        ignored = shutil.ignore_patterns(*left, *made)
        shutil.copytree(source, copy, ignore=ignored)
        for file, data in made.items():
            (copy / file).write_bytes(data)
        config.CourseDirectory.root = str(place)
        config.CourseDirectory.assignment_id = unit.name
        config.CourseDirectory.db_url = f"sqlite:///{(place / 'gradebook.db').as_posix()}"
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors = [
            step for step in config.GenerateAssignment.preprocessors if step is not SaveCells
        ]
        log = logging.getLogger("autograder.authoring.build")
        log.setLevel(logging.ERROR)
        course = CourseDirectory(config=config, log=log)
        try:
            GenerateAssignment(coursedir=course, config=config, log=log).start()
        except (NbGraderException, SystemExit) as error:
            raise AuthorError(f"{source}: nbgrader makes no release of it: {error}") from None
        folder = place / "notebooks" / unit.name
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
