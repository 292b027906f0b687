"""The lists of units say what the units say, and nobody keeps them by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, UNITS
from small_course import make_course

from autograder.authoring.exercise import load_unit
from autograder.authoring.lists import BEGIN, END, TABLE_END, renewed
from autograder.course import AuthorError


def test_every_unit_is_on_the_start_page_and_in_the_readme() -> None:
    page = ROOT / "notebooks" / "00_start_here" / "start_here.ipynb"
    for path in (ROOT / "README.md", page):
        list_of_units = path.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
        assert [
            unit for unit in UNITS if f"| {unit[:2]} " not in list_of_units.replace("[", "")
        ] == []
    assert len(renewed(ROOT)) == 2


def test_a_list_is_renewed_and_what_stands_around_it_stays(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    readme = course / "README.md"
    readme.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    rows = "| unit | you write |\n|---|---|\n| 02 A small unit | `double`, `total` |"
    assert renewed(course) == {
        readme: f"Before.\n\n{BEGIN}\n\n{rows}\n\n{END}\n\nAfter.\n".encode()
    }


def test_a_units_table_is_written_between_its_marks(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    folder = course / "solutions" / "02_small"
    with (folder / "exercises.py").open("a") as exercises:
        exercises.write('TABLES = {"sizes": "| a |\\n|---|\\n| 1 |"}\n')
    load_unit.cache_clear()  # it was read before there was a table
    with pytest.raises(AuthorError, match="sizes: the build writes this table"):
        renewed(course)

    mark = "# <!-- sizes: the build writes this table -->"
    master = folder / "small.py"
    master.write_text(f"# %% [markdown]\n{mark}\n# old\n# {TABLE_END}\n# After.\n")
    table = f"{mark}\n#\n# | a |\n# |---|\n# | 1 |\n#\n# {TABLE_END}\n"
    assert renewed(course) == {master: f"# %% [markdown]\n{table}# After.\n".encode()}
