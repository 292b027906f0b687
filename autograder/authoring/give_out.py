"""`autograder release-course`: the course as a class may have it, as one archive.

It holds what a student needs (the released units up to one, `utils`, the grader's code for
`autograder progress`, what installs it) and no master, no solutions/, no history. Where a unit
builds on the finished functions of earlier ones, its `earlier.py` has them: so a class gets the
units in steps, and the command says whose answers a step gives away.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import jupytext

from autograder.authoring.build import files
from autograder.authoring.exercise import load_unit
from autograder.authoring.packages import packages
from autograder.course import AuthorError, units

TOP = "lstm-course"  # of every archive, so that a later one is unpacked over an earlier one
_PROJECT = ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", "LICENSE")
_THEN = (1980, 1, 1, 0, 0, 0)  # so that the same course is the same archive
_MARKED = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.S)
_SHORT = 24  # characters: so little (`pass`, `limit = 7`) is no answer to be found again
README = """# {title}

You need Python 3.11 or newer and make. In this folder:

    make lab                     # installs the course into .venv, and opens it in JupyterLab
    .venv/bin/autograder progress    # what you have solved

Without make: `python3 -m venv .venv`, `.venv/bin/pip install -c constraints.txt -e .`,
`.venv/bin/jupyter lab`.

When an archive with more units comes, unpack it where you unpacked this one, in the folder above,
with `unzip -n`: it brings what is new and leaves what is there, so your answers stay. (`make
update` is for clones of the course.)
"""


def release_course(root: Path, up_to: str, out: Path) -> Iterator[str]:
    """Write the archive of all units up to `up_to`, and say in lines what is in it.

    Raises AuthorError where a file other than `earlier.py` would give an answer away, and where
    `out` is there already.
    """
    if out.exists():
        raise AuthorError(f"{out} is there already: name another file, or remove it")
    if not out.parent.is_dir():
        raise AuthorError(f"{out.parent} is no folder: make it first, or name another file")
    chosen = [unit for unit in units(root) if unit <= up_to]
    held = _packages() | {"README.md": README.format(title=f"Units up to {up_to}").encode()}
    for unit in chosen:
        for path, data in files(root, unit).items():
            if path.is_relative_to(root / "notebooks"):
                held[path.relative_to(root).as_posix()] = data
    given = _given(root, held)
    for name, id in given:
        if not name.endswith("/earlier.py"):
            raise AuthorError(f"{name} holds the answer of {id}: nothing was written")
    with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(held.items()):
            archive.writestr(zipfile.ZipInfo(f"{TOP}/{name}", _THEN), data, zipfile.ZIP_DEFLATED)
    owner = {
        id: unit for unit in units(root) for id in load_unit(root / "solutions" / unit).exercises
    }
    yield f"{out}: {len(chosen)} units, {len(held)} files"
    answered: dict[str, list[str]] = {}
    for _, id in given:
        if id not in answered.setdefault(owner[id], []):
            answered[owner[id]].append(id)
    for unit, ids in answered.items():
        yield f"{unit}: its answers {', '.join(ids)} are inside, for the units that build on it"
    read = sorted(owner.keys() & set(_stand_ins(held)))
    if read:
        yield f"utils/learner/stand_ins: code for {', '.join(read)} can be read there"
    if answered:
        yield "give it out when these are handed in; --up-to an earlier unit holds fewer of them"


def _stand_ins(held: Mapping[str, bytes]) -> Iterator[str]:
    """The functions that stand in for a learner's where a later unit needs one."""
    for name, data in held.items():
        if name.startswith("utils/learner/stand_ins/"):
            yield from re.findall(r"^def (\w+)\(", data.decode(), re.MULTILINE)


def _packages() -> dict[str, bytes]:
    """The code that the course's notebooks and commands need, and what installs it."""
    here = Path(__file__).resolve().parents[2]
    found = {name: (here / name).read_bytes() for name in _PROJECT if (here / name).is_file()}
    return found | {name: path.read_bytes() for name, path in packages()}


def _given(root: Path, held: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(file, exercise) wherever the code of an answer stands."""
    texts = {name: plain(code(name, data)) for name, data in held.items()}
    return [
        (name, id)
        for id, answer in answers(root).items()
        for name, text in texts.items()
        if answer in text
    ]


def answers(root: Path) -> dict[str, str]:
    """Exercise → what its solution has between the marks, without white space and comments."""
    found = {}
    for unit in units(root):
        spec = load_unit(root / "solutions" / unit)
        for cell in jupytext.read(root / "solutions" / unit / f"{spec.notebook}.py").cells:
            id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if id in spec.exercises:
                body = plain("\n".join(_MARKED.findall(cell.source)))
                if len(body) > _SHORT:
                    found[id] = body
    return found


def code(name: str, data: bytes) -> str:
    """What a file says; of a notebook its cells."""
    text = data.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return text


def plain(text: str) -> str:
    return "".join(re.sub(r"#.*", "", text).split())
