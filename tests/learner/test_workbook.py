"""Your own code: what is gathered from a learner's notebooks, and that nothing stops anybody."""

import json
import shutil
import sys
from contextlib import nullcontext

import numpy as np
import pytest
from conftest import UNITS

from autograder.authoring.exercise import _import, load_unit
from autograder.course import root
from utils.judging import run
from utils.judging.judge import judge
from utils.judging.run import answers
from utils.learner import stand_ins
from utils.learner import workbook as module
from utils.learner.workbook import workbook
from utils.networks.lstm import LSTM

WANTED = ("lstm_forward", "init_params")  # and all that they are built on


@pytest.fixture
def finished(course):
    """The course's functions, as a unit's `from earlier import …` gives them."""
    earlier = _import(course / "solutions" / "11_bptt" / "earlier.py", "earlier_of_11")
    yield [getattr(earlier, name) for name in WANTED]
    sys.path.remove(str(course / "solutions"))


@pytest.fixture
def notebooks(course, tmp_path, monkeypatch):
    """A folder of notebooks in which everything is solved; the running one is beside them."""
    place = tmp_path / "notebooks"
    for path in (course / "solutions").glob("[0-9]*/*.ipynb"):
        target = place / path.parent.name / path.name
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    (place / "12_training").mkdir(exist_ok=True)
    monkeypatch.chdir(place / "12_training")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return place


def rewrite(notebooks, unit, name, source, extra=None):
    """Give a solution cell another text; `extra` is put in front as a cell of the learner's."""
    path = notebooks / unit / f"{unit.partition('_')[2]}.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
            text = source if isinstance(source, str) else source("".join(cell["source"]))
            cell["source"] = text.splitlines(keepends=True)
    if extra:
        cell = {"cell_type": "code", "metadata": {}, "source": extra, "outputs": [], "id": "own"}
        notebook["cells"].insert(0, cell | {"execution_count": None})
    path.write_text(json.dumps(notebook))


def whose(gathered):
    return {entry.name: entry.yours for entry in gathered.entries}


def why(gathered, name):
    return next(entry.why for entry in gathered.entries if entry.name == name)


def test_everything_solved_is_the_learners_down_to_the_sigmoid(notebooks, finished):
    rewrite(
        notebooks, "00_start_here", "sigmoid",
        lambda text: text.replace("e = np.exp", "sigmoid.calls += 1\n    e = np.exp")
        + "\nsigmoid.calls = 0",
    )  # fmt: skip
    mine = workbook(*finished)
    assert all(whose(mine).values()) and len(mine.entries) == 10
    assert mine.summary() == "10 of 10 functions are your own"
    before = mine.sigmoid.calls
    params = mine.init_params(np.random.default_rng(0), 2, 3, 4)
    mine.lstm_forward(np.ones((5, 2, 2)), np.zeros((2, 3)), np.zeros((2, 3)), params)
    assert mine.sigmoid.calls == before + 5 * 3  # five steps, three gates


def test_untouched_notebooks_give_the_courses_functions_and_say_so(course, notebooks, finished):
    for path in (course / "notebooks").glob("[0-9]*/*.ipynb"):
        shutil.copy(path, notebooks / path.parent.name / path.name)
    mine = workbook(*finished)
    assert not any(whose(mine).values())
    assert {entry.why for entry in mine.entries} == {"not written yet"}
    assert mine.lstm_forward is finished[0]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def output_gate(x, h, U, W, b):\n    return np.tanh(x @ U + h @ W + b)", "not right yet"),
        ("def output_gate(x, h, U, W, b):\n    return 1 / 0", "raises ZeroDivisionError"),
        ("def output_gate(x, h):\n    return x", "takes (x, h) but is called with (x,"),
        ("def output_gate(x, h, U, W, b)\n    return x", "is no Python, line 1"),
        ("raise ValueError('no')", "its cell raises ValueError: no"),
        ("exit()", "output_gate"),
        ("import sys\nsys.exit()", "its cell raises SystemExit"),
        ("output_gate = 3", "defines no function output_gate"),
        ("%matplotlib inline", "is no Python, line 1"),
        ("def output_gate(x, h, U, W, b):\n    return squash(x @ U + h @ W + b)", "it uses squash"),
        ("@njit\ndef output_gate(x, h, U, W, b):\n    return x", "it uses njit"),
        ("", "defines no function output_gate"),
    ],
)
def test_one_function_that_cannot_be_used_stops_nobody(notebooks, finished, source, said):
    rewrite(notebooks, "04_output_gate", "output_gate", source)
    mine = workbook(*finished)
    assert [name for name, own in whose(mine).items() if not own] == ["output_gate"]
    assert said in f"{why(mine, 'output_gate')} output_gate"
    assert mine.output_gate(np.ones((1, 2)), np.ones((1, 3)), np.ones((2, 3)), np.ones((3, 3)),
                            np.ones(3)).shape == (1, 3)  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "while True:\n    pass",
        "def output_gate(x, h, U, W, b):\n    while True:\n        pass",
        "def output_gate(x, h, U, W, b):\n    while True:\n        try:\n            1 / 0\n"
        "        except Exception:\n            pass",
    ],
)
def test_a_loop_without_end_ends(notebooks, finished, source, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.5)
    rewrite(notebooks, "04_output_gate", "output_gate", source)
    mine = workbook(*finished)
    assert [name for name, own in whose(mine).items() if not own] == ["output_gate"]
    assert "within 0.5 s" in why(mine, "output_gate")


def test_no_other_cell_is_run(notebooks, finished, tmp_path):
    note = f"open({str(tmp_path / 'ran')!r}, 'w')\nhelper = 3"
    rewrite(notebooks, "06_hidden_state", "update_hidden_state",
            "def update_hidden_state(o, c):\n    return o * np.tanh(c) * helper / 3",
            extra=note)  # fmt: skip
    mine = workbook(*finished)
    assert not (tmp_path / "ran").exists()
    assert why(mine, "update_hidden_state") == (
        "it uses helper, which its own cell does not define: only that cell is read"
    )
    assert whose(mine)["lstm_step"]  # built on it, and judged with the course's


def test_a_helper_in_the_solution_cell_itself_is_fine(notebooks, finished):
    rewrite(notebooks, "06_hidden_state", "update_hidden_state",
            "def helper(c):\n    return np.tanh(c)\n\n"
            "def update_hidden_state(o, c):\n    return o * helper(c)")  # fmt: skip
    assert whose(workbook(*finished))["update_hidden_state"]


def test_an_exercise_that_the_course_itself_does_without_may_be_built_on(notebooks, finished):
    rewrite(notebooks, "08_forward_propagation", "lstm_forward",
            lambda text: text.replace("h, c = h0", "h, c = h0 * softmax(np.ones(1))"))  # fmt: skip
    mine = workbook(*finished)
    assert whose(mine)["lstm_forward"] and "softmax" not in whose(mine)
    rewrite(notebooks, "07_softmax_output", "softmax", "def softmax(z):\n    return z / 0")
    assert "lstm_forward" in [name for name, own in whose(workbook(*finished)).items() if not own]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "there is no notebook 04_output_gate/output_gate.ipynb"),
        (b"", "damaged"),
        (b'{"cells": [', "damaged"),
        (b"[]", "damaged"),
        (b'{"cells": [3]}', "damaged"),
        (b'{"cells": null}', "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b'{"cells": []}', "has no solution cell output_gate"),
    ],
)
def test_a_notebook_that_is_lost_or_broken_stops_nobody(notebooks, finished, data, said):
    path = notebooks / "04_output_gate" / "output_gate.ipynb"
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    mine = workbook(*finished)
    assert [name for name, own in whose(mine).items() if not own] == ["output_gate"]
    assert said in why(mine, "output_gate")


def test_what_was_written_in_another_language_is_the_learners_too(notebooks, finished):
    unit = "02_forget_gate"
    shutil.copytree(notebooks / unit, notebooks / "de" / unit)
    stub = "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    raise NotImplementedError()"
    rewrite(notebooks, unit, "forget_gate", stub)
    assert whose(workbook(*finished))["forget_gate"]
    rewrite(notebooks / "de", unit, "forget_gate", stub)
    mine = workbook(*finished)
    assert not whose(mine)["forget_gate"] and "not written yet" in why(mine, "forget_gate")


def test_graded_work_uses_the_finished_functions_and_reads_nothing(
    notebooks, finished, monkeypatch
):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setattr(module, "solution_cell", lambda *_: pytest.fail("a notebook was read"))
    mine = workbook(*finished)
    assert mine.lstm_forward is finished[0] and not any(whose(mine).values())
    assert "no mistake counts twice" in repr(mine)


def test_the_table_can_be_read_aloud(notebooks, finished):
    rewrite(notebooks, "04_output_gate", "output_gate", "raise ValueError('a < b')")
    page = workbook(*finished)._repr_mimebundle_()
    html = page["text/html"]
    assert "<caption>9 of 10 functions are your own." in html
    assert html.count("scope='row'") == 10 and html.count("scope='col'") == 4
    assert "a &lt; b" in html and "✔ yours" in html and "○ the course’s" in html
    assert "output_gate" in page["text/plain"] and "the course's: its cell" in page["text/plain"]


def test_a_name_it_does_not_have_is_named(notebooks, finished):
    with pytest.raises(AttributeError, match="has no gru_step; it has: sigmoid, forget_gate"):
        workbook(*finished).gru_step  # noqa: B018


def test_the_learners_lstm_and_the_fast_one_give_the_same_numbers(notebooks, course, monkeypatch):
    earlier = _import(root() / "solutions" / "lstm.py", "shared_lstm")

    class Functions:
        lstm_forward = staticmethod(earlier.forward)
        lstm_backward = staticmethod(earlier.backward)
        cross_entropy = staticmethod(lambda *a: earlier.cross_entropy(*a).real)
        output_layer_backward = staticmethod(earlier.output_layer_backward)

    from utils.learner.own_lstm import OwnLSTM

    rng = np.random.default_rng(5)
    fast = LSTM(3, 4, 3, rng=rng, dtype=np.float64)
    own = OwnLSTM(Functions(), fast.params)
    ids, targets = rng.integers(3, size=(6, 2)), rng.integers(3, size=(6, 2))
    h0, c0 = rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    loss, grads = own.loss_and_gradients(ids, targets, h0, c0)
    same, expected = fast.loss_and_gradients(ids, targets, h0, c0)
    assert loss == pytest.approx(same, rel=1e-12)
    assert grads.keys() == expected.keys()
    for name in grads:
        np.testing.assert_allclose(grads[name], expected[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(own.last, fast.last, rtol=1e-12)
    np.testing.assert_allclose(own.gates["f"], fast.gates["f"], rtol=1e-12)
    own.params["V"][...] = 0
    assert fast.params["V"].any()  # a copy: training one leaves the other alone


def not_written(grads, max_norm):
    raise NotImplementedError


def half_right(params, grads, lr):
    return {name: params[name] + lr * grads[name] for name in params}


def own_adam(params, grads, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    t = state.get("t", 0) + 1
    new, m, v = {}, {}, {}
    for name, g in grads.items():
        m[name] = beta1 * (state["m"][name] if state else 0 * g) + (1 - beta1) * g
        v[name] = beta2 * (state["v"][name] if state else 0 * g) + (1 - beta2) * g**2
        step = lr * m[name] / (1 - beta1**t) / (np.sqrt(v[name] / (1 - beta2**t)) + eps)
        new[name] = params[name] - step
    return new, {"m": m, "v": v, "t": t}


def test_the_running_notebooks_own_functions_are_judged_and_replaced_as_well(
    notebooks, finished, monkeypatch
):
    here = [not_written, half_right, own_adam]
    names = ("clip_by_global_norm", "sgd_update", "adam_update")
    for function, name in zip(here, names, strict=True):
        monkeypatch.setattr(function, "__name__", name)
    mine = workbook(*finished, here=here)
    assert whose(mine)["adam_update"] and mine.adam_update is own_adam
    assert not whose(mine)["clip_by_global_norm"] and not whose(mine)["sgd_update"]
    assert why(mine, "clip_by_global_norm") == "not written yet"
    assert mine.clip_by_global_norm({"a": np.array([3.0, 4.0])}, 1.0)[1] == 5.0
    assert mine.sgd_update({"a": np.ones(2)}, {"a": np.ones(2)}, 0.5)["a"].tolist() == [0.5, 0.5]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert workbook(*finished, here=here).adam_update is stand_ins.adam_update


@pytest.mark.parametrize("name", stand_ins.__all__)
def test_a_stand_in_would_earn_all_points_of_the_exercise(course, name, monkeypatch):
    """Were it not closed to answers: what trains in a learner's place is right."""
    monkeypatch.setattr(run, "closed", lambda *_: nullcontext())
    units = (load_unit(course / "solutions" / unit) for unit in UNITS)
    spec = next(unit for unit in units if name in unit.exercises).spec(name, seed=5)
    verdict = judge(spec, answers(getattr(stand_ins, name), spec))
    assert [c.name for c in verdict.checks if not c.passed] == []


def loss_of_three(params, *batch):
    return 3.0, {"a": np.array([30.0, 40.0])}


STEP = """
def helper(params):
    return params

def train_step(params, batch, state, max_norm, lr):
    loss, grads = loss_and_gradients(params, *batch)
    clipped, _ = clip_by_global_norm(grads, max_norm)
    return (*adam_update(helper(params), clipped, state, lr), loss)
"""
ALONE = """
def train_step(params, batch, state, max_norm, lr):
    from earlier import loss_and_gradients as all_of_it
    loss, grads = all_of_it(params, *batch)
    clipped, _ = clip_by_global_norm(grads, max_norm)
    return (*adam_update(params, clipped, state, lr), loss)
"""


def test_what_was_added_is_found_again_when_the_workbook_is_gathered_anew(notebooks, monkeypatch):
    monkeypatch.setitem(globals(), "carry_state", stand_ins.carry_state)
    workbook(here=(stand_ins.early_stop,)).add(stand_ins.carry_state)
    mine = workbook(here=(stand_ins.early_stop,))
    assert mine.carry_state is stand_ins.carry_state
    with pytest.raises(AttributeError, match="the workbook has no bptt_windows; it has: early_"):
        _ = mine.bptt_windows


@pytest.mark.parametrize("source", [STEP, ALONE])
def test_a_step_is_used_with_another_loss_whether_or_not_it_can_be_told(
    notebooks, course, monkeypatch, capsys, source
):
    folder = course / "solutions" / "13_language_model"
    earlier = _import(folder / "earlier.py", "earlier_of_13")
    sys.path.remove(str(course / "solutions"))
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "earlier", raising=False)  # that of another unit
    rewrite(notebooks, "12_training", "train_step", source)
    mine = workbook(earlier.train_step)
    before = mine.train_step
    step = mine.using("train_step", loss_and_gradients=loss_of_three)
    params, state, loss = step({"a": np.ones(2)}, (1, 2, 3, 4), {}, 5.0, 0.1)
    assert loss == 3.0 and mine.train_step is before
    np.testing.assert_allclose(state["m"]["a"], [0.3, 0.4])  # clipped from 50 to 5
    np.testing.assert_allclose(params["a"], 0.9, rtol=1e-6)
    said = capsys.readouterr().out
    assert said == ("" if source is STEP else said) and ("the course's" in said) == (
        source is ALONE
    )
