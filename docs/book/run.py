"""A unit's solution notebook with its outputs, executed once and kept until something changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from utils.learner.cell_widget import ASKED

TIMEOUT = 1800  # seconds for one cell: unit 13 trains for minutes
ROOT = Path(__file__).resolve().parents[2]
SOURCES = (".py", ".txt", ".csv", ".js", ".css")


def executed(course: Path, unit: str, kept: Path) -> nbformat.NotebookNode:
    """The solution notebook of `unit`, run from top to bottom in a copy of the course.

    kept: a folder for notebooks that have run. One is run again when its cells, what lies beside
    it, `utils`, NumPy, Matplotlib or LSTM_COURSE_BUDGET have changed. Raises nbclient's
    CellExecutionError where a cell fails.
    """
    path = course / "solutions" / unit / f"{unit.partition('_')[2]}.ipynb"
    stored = kept / f"{unit}-{_key(path)}.ipynb"
    if stored.is_file():
        return nbformat.read(stored, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "solutions"
        shutil.copytree(path.parents[1], place, ignore=shutil.ignore_patterns("*.checkpoint.npz"))
        for cases in (course / "notebooks").glob("*/cases.npz"):
            copy = Path(temporary) / "notebooks" / cases.parent.name
            copy.mkdir(parents=True)
            shutil.copy(cases, copy)
        where = {"metadata": {"path": place / unit}}
        client = NotebookClient(notebook, timeout=TIMEOUT, resources=where)
        client.execute(env={**os.environ, ASKED: "1"})
    kept.mkdir(parents=True, exist_ok=True)
    partial = stored.with_suffix(f".{os.getpid()}")
    nbformat.write(notebook, partial)
    partial.replace(stored)
    return notebook


def _key(path: Path) -> str:
    """A hash of all that the outputs depend on."""
    notebook = nbformat.read(path, as_version=4)
    key = hashlib.sha256(repr([(cell.cell_type, cell.source) for cell in notebook.cells]).encode())
    key.update(os.environ.get("LSTM_COURSE_BUDGET", "").encode())
    key.update("".join(map(version, ("numpy", "matplotlib"))).encode())
    beside = [file for file in path.parent.iterdir() if file.suffix in (".npz", ".csv")]
    code = [file for file in (ROOT / "utils").rglob("*") if file.suffix in SOURCES]
    for file in sorted(beside) + sorted(code):
        key.update(file.read_bytes())
    return key.hexdigest()[:16]
