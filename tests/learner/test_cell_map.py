"""The picture of the cell lights up part by part as the learner's own functions pass."""

import json
import shutil

import pytest

from utils.learner.cell_map import cell_map
from utils.learner.course import contents
from utils.learner.progress import BACKWARDS, FORWARDS, table


@pytest.fixture
def root(course, tmp_path):
    """A course of which nothing is there but its cases."""
    for path in (course / "notebooks").glob("*/cases.npz"):
        place = tmp_path / "notebooks" / path.parent.name
        place.mkdir(parents=True)
        shutil.copy(path, place)
    return tmp_path


def solve(root, *names):
    points = {name: of for unit in contents(root) for name, of in unit.exercises.items()}
    scores = {name: points[name] for name in names}
    (root / "notebooks" / ".progress.json").write_text(json.dumps(scores))


def lit(picture):
    """The parts that the picture says are lit, without the input, which is given."""
    said = picture.alt.partition("Lit up: ")[2].rstrip(".").split(", ")
    return [part for part in said if part != "x"]


def test_a_part_is_lit_when_its_function_passes_and_backwards_when_its_gradients_do(root):
    assert [lit(picture) for picture in cell_map(root).pictures] == [[], []]
    solve(root, "forget_gate", "update_cell_state")
    assert [lit(p) for p in cell_map(root).pictures] == [["forget gate", "cell state"], []]
    solve(root, "gate_backward", "update_hidden_state_backward")
    forwards, backwards = (lit(picture) for picture in cell_map(root).pictures)
    assert forwards == [] and backwards == ["output gate", "hidden state"]
    every = {name for built in (FORWARDS, BACKWARDS) for names in built.values() for name in names}
    solve(root, *every)
    shown = cell_map(root)
    assert [lit(picture) for picture in shown.pictures] == [list(FORWARDS), list(BACKWARDS)]
    assert "○" not in repr(shown)
    assert shown._repr_mimebundle_()["text/html"].count("<img alt=") == 2


def test_the_terminal_says_what_is_next_and_which_parts_are_there(root):
    solve(root, "sigmoid", "forget_gate")
    said = repr(table(root))
    assert "2 of 87 exercises solved; next: logistic in 00_start_here" in said
    assert "The cell, forwards: ✔ forget gate, ○ input gate" in said
    assert "The cell, backwards: ○ forget gate" in said
