"""The course as it would be on a fresh clone, built into a folder of its own.

No test reads the notebooks in `notebooks/`: a learner may have written anything there.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import utils  # noqa: F401 - before NumPy: one BLAS thread for all tests
from autograder.authoring.build import build
from autograder.course import VARIABLE

os.environ.setdefault("LSTM_COURSE_BUDGET", "short")  # notebooks that train do so for a moment

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted(path.parent.name for path in (ROOT / "solutions").glob("[0-9]*/exercises.py"))


def copy_sources(place: Path) -> Path:
    """A course in `place` that has its masters and nothing that is built from them."""
    built = shutil.ignore_patterns(
        "*.ipynb", "cases.npz", "earlier.py", "cell.svg", "__pycache__", ".ipynb_checkpoints"
    )
    shutil.copytree(ROOT / "solutions", place / "solutions", ignore=built)
    shutil.copy(ROOT / "nbgrader_config.py", place)
    return place


@pytest.fixture(autouse=True)
def which_course() -> Iterator[None]:
    """What `autograder --course` says in one test is not said in the next."""
    before = os.environ.get(VARIABLE)
    yield
    os.environ.pop(VARIABLE, None)
    if before is not None:
        os.environ[VARIABLE] = before


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built course. Tests may read it, and copy from it, but not write to it."""
    place = copy_sources(tmp_path_factory.mktemp("course"))
    assert build(place, out=lambda line: None) == 0
    return place


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where solution notebooks that have run are kept: each runs once for a session's tests."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "ran"
