"""`check(forget_gate)` as a learner meets it: in a notebook, in a terminal, by any bound name."""

import json
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

RIGHT = """
from earlier import sigmoid
def forget_gate(x, h_prev, U_f, W_f, b_f):
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)
"""


def run(course, *cells):
    """The cells' outputs, run in a real kernel beside the unit's notebook."""
    sources = ["from utils.check import check\nimport numpy as np", *cells]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    folder = course / "notebooks" / "02_forget_gate"
    resources = {"metadata": {"path": folder}}
    NotebookClient(notebook, timeout=60, resources=resources, allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


@pytest.fixture(scope="module")
def shown(course):
    """What a right and a wrong gate show."""
    wrong = RIGHT.replace("return sigmoid(", "return np.tanh(")
    return run(course, RIGHT, "check(forget_gate)", wrong, "check(forget_gate)")


def test_the_box_comes_as_html_and_as_text(shown):
    box = shown[3][0]
    assert box.output_type == "display_data"
    assert "uses tanh" in box.data["text/html"] and "uses tanh" in box.data["text/plain"]
    assert "✘" in box.data["text/html"] and "not yet" in box.data["text/html"]
    assert "<details" in box.data["text/html"]


def test_the_value_is_the_number_that_nbgrader_reads(shown):
    for outputs, score in ((shown[1], 7), (shown[3], 0)):
        result = outputs[-1]
        assert result.output_type == "execute_result"
        assert float(result.data["text/plain"]) == score
        assert f"{score} of 7 points" in result.data["text/html"]


def test_the_last_hint_names_the_notes_and_the_solution(shown):
    html = shown[3][0].data["text/html"]
    assert "lstm-notes.md" in html
    assert "solutions/02_forget_gate/forget_gate.ipynb" in html


@pytest.mark.parametrize(
    "bound",
    [
        "forget_gate = lambda *a: right(*a)",
        "from functools import partial\nforget_gate = partial(right)",
        "class Gate:\n    def __call__(self, x, h_prev, U_f, W_f, b_f):\n"
        "        return right(x, h_prev, U_f, W_f, b_f)\nforget_gate = Gate()",
    ],
    ids=["lambda", "partial", "class"],
)
def test_the_exercise_is_the_name_it_is_called_by(course, bound):
    renamed = RIGHT.replace("def forget_gate", "def right")
    *_, outputs = run(course, renamed, bound, "check(forget_gate)")
    assert outputs[-1].data["text/plain"] == "7"


def test_an_unknown_exercise_is_answered_with_those_there_are(course):
    *_, outputs = run(course, "def forget_gat(): pass", "check(forget_gat)")
    assert "no exercise 'forget_gat'; did you mean forget_gate?" in outputs[0].data["text/plain"]
    assert outputs[-1].data["text/plain"] == "0"


def test_an_error_names_the_line_in_the_cell(course):
    cell = "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    z = x @ W_f\n    return z"
    *_, outputs = run(course, cell, "check(forget_gate)")
    text = outputs[0].data["text/plain"]
    assert "(line 2: `z = x @ W_f`)" in text
    assert "shapes that do not fit: `x` (3, 4) @ `W_f` (5, 5)" in text


def test_in_a_terminal_the_report_is_text(course):
    code = f"import numpy as np\nfrom utils.check import check\n{RIGHT}\nprint(check(forget_gate))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=course / "notebooks" / "02_forget_gate",
        capture_output=True,
        text=True,
    )
    assert done.stderr == "" and done.returncode == 0
    assert "✔ passed: the bias b_f shifts it (1)" in done.stdout
    assert done.stdout.endswith("7\n")


def test_progress_keeps_the_best_score(tmp_path, monkeypatch):
    from utils.learner import progress

    place = tmp_path / "notebooks" / "02_forget_gate"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for score in (3, 7, 5):
        progress.record("02_forget_gate", "forget_gate", score, 7, root=tmp_path)
    file = tmp_path / "notebooks" / ".progress.json"
    assert json.loads(file.read_text()) == {"forget_gate": 7}
    monkeypatch.chdir(tmp_path)  # work outside the course's notebooks is not the learner's progress
    progress.record("02_forget_gate", "remaining_memory", 6, 6, root=tmp_path)
    assert json.loads(file.read_text()) == {"forget_gate": 7}


def test_a_broken_progress_file_is_no_obstacle(tmp_path):
    from utils.learner import progress

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / ".progress.json").write_text("{")
    assert "0 of" in repr(progress.table(tmp_path))
