"""What is said where two mistakes meet, or numbers look alike, or another function fails."""

import linecache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from autograder.authoring.exercise import load_unit
from utils.judging import report
from utils.judging.judge import judge
from utils.judging.run import answers

SOLUTIONS = Path(__file__).parents[2] / "solutions"


def told(unit, name, function):
    """The verdict on an answer and its plain text."""
    spec = load_unit(SOLUTIONS / unit).spec(name)
    verdict = judge(spec, answers(function, spec))
    return verdict, report.text(verdict)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def block(text, title):
    """The lines under a title of the text."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    taken = []
    for line in lines[start:]:
        if not line.startswith("  "):
            break
        taken.append(line)
    return "\n".join(taken)


def test_where_rounding_hides_the_difference_more_digits_are_shown():
    _, text = told("00_start_here", "sigmoid", sigmoid)
    assert block(text, "Expected:") != block(text, "Your answer:")
    assert "6.05799464e-310" in block(text, "Expected:")


def test_where_only_a_warning_is_wrong_the_numbers_are_said_to_be_the_same():
    def warns(z):
        np.exp(np.full(1, 1000.0))
        return np.where(z >= 0, sigmoid(np.abs(z)), np.exp(-np.abs(z)) * sigmoid(np.abs(z)))

    verdict, text = told("00_start_here", "sigmoid", warns)
    assert "NumPy warned" in verdict.evidence.text
    assert block(text, "Your answer:").strip() == "the same numbers"


def test_two_mistakes_that_nobody_foresaw_together_are_each_told():
    def init_params(rng, D, H, K, forget_bias=1.0):
        shapes = {f"U_{a}": (D, H) for a in "figo"} | {f"W_{a}": (H, H) for a in "figo"}
        params = {n: 0.01 * rng.normal(size=s) for n, s in shapes.items()}
        params |= {f"b_{a}": np.zeros(H) for a in "figo"}
        return params | {"V": 0.01 * rng.normal(size=(H, K)), "b_y": np.zeros(K)}

    verdict, text = told("08_forward_propagation", "init_params", init_params)
    assert "b_f is 0" in verdict.diagnosis and "spread 0.01" in verdict.diagnosis
    assert "1 minus" not in verdict.diagnosis
    assert "U_f" not in block(text, "Your answer:")  # what is compared, and nothing else


def test_a_mistake_is_not_told_that_would_fail_what_the_answer_passes():
    def wrong_for_one(x, h_prev, U, W, b):
        z = x @ U + h_prev @ W + b
        return np.tanh(z) if len(x) > 1 else z  # like "no tanh", but only there

    verdict, _ = told("01_vanishing_gradient", "rnn_step", wrong_for_one)
    assert not verdict.passed and "tanh is missing" not in verdict.diagnosis


def rnn_forward(x, h0, U, W, b):
    states, h = [], h0
    for x_t in x:
        h = rnn_step(x_t, h, U, W, b)  # noqa: F821  each test gives one
        states.append(h)
    return np.stack(states)


@pytest.mark.parametrize(
    "body, said",
    [
        ("return np.tanh(x @ W + b)", "rnn_forward calls rnn_step, and that raised ValueError"),
        ("raise NotImplementedError", "rnn_forward calls rnn_step, which is not written yet"),
    ],
)
def test_an_error_in_another_function_is_said_to_be_there(monkeypatch, body, said):
    names, cell = {"np": np}, f"def rnn_step(x, h, U, W, b):\n    {body}\n"
    linecache.cache["rnn cell"] = (len(cell), None, cell.splitlines(True), "rnn cell")
    exec(compile(cell, "rnn cell", "exec"), names)
    monkeypatch.setitem(rnn_forward.__globals__, "rnn_step", names["rnn_step"])
    verdict, _ = told("01_vanishing_gradient", "rnn_forward", rnn_forward)
    assert verdict.evidence.text.startswith(said)
    if "ValueError" in said:
        assert "(line 2 of rnn_step" in verdict.evidence.text
        assert "mend it first" in verdict.diagnosis
        assert "`h = rnn_step(x_t, h, U, W, b)" in verdict.diagnosis


@pytest.mark.parametrize(
    "function, said",
    [
        (lambda x, h_prev, U_f, W_f, b_f: hprev @ W_f, "Did you mean `h_prev`?"),  # noqa: F821
        (lambda x, h_prev, U_f, W_f, b_f: x @ U, "Did you mean `U_f`?"),  # noqa: F821
        (lambda x, h_prev, U_f, W_f, b_f: np.tahn(x), "no `tahn`. Did you mean `tanh`?"),
        (lambda x, h_prev, U_f, W_f, b_f: qqqq(x), "no cell that has run defines"),  # noqa: F821
        (lambda x, h_prev, U_f, W_f, b_f: plt(x), "first code cell imports"),  # noqa: F821
    ],
    ids=["misspelt", "letter left out", "misspelt in numpy", "unknown", "not imported"],
)
def test_of_a_name_that_is_not_known_the_nearest_is_told(function, said):
    verdict, _ = told("02_forget_gate", "forget_gate", function)
    assert said in verdict.diagnosis


def test_of_an_attribute_that_is_only_a_little_like_another_nothing_is_guessed():
    verdict, _ = told("02_forget_gate", "forget_gate", lambda x, *_: x.shape[0].normal())
    assert "has no attribute 'normal'" in verdict.evidence.text
    assert "mean" not in verdict.diagnosis  # an int's `real` is not


def log_p(logits):
    z = logits - logits.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def test_targets_as_an_index_of_time_are_recognised():
    verdict, _ = told(
        "07_softmax_output",
        "cross_entropy",
        lambda logits, targets: -log_p(logits)[targets].sum() / targets.shape[1],
    )
    assert "picks along the first axis, which is time" in verdict.diagnosis


@pytest.mark.parametrize(
    "unit, name, act",
    [
        ("01_vanishing_gradient", "rnn_step", np.tanh),
        ("02_forget_gate", "forget_gate", sigmoid),
        ("03_input_gate", "candidate_state", np.tanh),
        ("04_output_gate", "output_gate", sigmoid),
    ],
)
def test_two_stacks_in_two_orders_are_recognised(unit, name, act):
    def stacked(x, h_prev, U, W, b):
        return act(np.concatenate([h_prev, x], axis=1) @ np.concatenate([U, W]) + b)

    verdict, _ = told(unit, name, stacked)
    assert "You stack h_prev before x" in verdict.diagnosis


def test_the_hints_of_a_recognised_mistake_come_first_and_lead_to_the_code():
    verdict, _ = told("02_forget_gate", "forget_gate", lambda x, h, U, W, b: sigmoid(x @ U + h @ W))
    assert "Which one does your line not use?" in verdict.hints[0]
    assert "Add b_f" in verdict.hints[1]
    generic = load_unit(SOLUTIONS / "02_forget_gate").spec("forget_gate").hints
    assert verdict.hints[2:] == generic
    unknown, _ = told("02_forget_gate", "forget_gate", lambda x, h, U, W, b: 0 * (x @ U) + 0.3)
    assert unknown.hints == generic


def maps(verdict):
    """The groups of the picture, by title."""
    page = report.html(verdict)
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    name = "{http://www.w3.org/2000/svg}"
    return svg, {group.find(f"{name}text").text: group for group in svg}, name


def test_where_values_differ_they_are_drawn_with_the_wrong_ones_marked():
    def one_wrong(x, h_prev, U, W, b):
        f = sigmoid(x @ U + h_prev @ W + b)
        if f.shape == (3, 5):
            f[1, 2] *= -1
        return f

    verdict, _ = told("02_forget_gate", "forget_gate", one_wrong)
    svg, groups, name = maps(verdict)
    assert list(groups) == ["expected", "yours", "difference"]
    assert "1 of 15 entries differ, first at [1, 2]" in svg.get("aria-label")
    for group in groups.values():
        *entries, frame = group.findall(f"{name}rect")
        assert len(entries) == 15 and frame.get("fill") == "none"
        assert (frame.get("x"), frame.get("y")) == (entries[7].get("x"), entries[7].get("y"))
    assert len(groups["difference"].findall(f"{name}path")) == 1  # the cross
    assert len(groups["yours"].findall(f"{name}path")) == 1  # the bar of a negative one
    assert not groups["expected"].findall(f"{name}path")


def test_of_many_axes_the_rows_with_the_first_wrong_entry_are_drawn():
    def late(x, h0, U, W, b):
        states, h = [], h0
        for t, x_t in enumerate(x):
            h = np.tanh(x_t @ U + h @ W + b)
            states.append(h + 0.1 * (t > 3))
        return np.stack(states)

    verdict, _ = told("01_vanishing_gradient", "rnn_forward", late)
    svg, groups, name = maps(verdict)
    assert "[4, :, :]" in svg.get("aria-label") and "Shown: [4, :, :]" in report.html(verdict)
    assert all(len(group.findall(f"{name}rect")) <= 8 * 10 + 1 for group in groups.values())


def test_nothing_is_drawn_of_a_single_number_or_a_wrong_shape():
    verdict, _ = told("07_softmax_output", "cross_entropy", lambda logits, targets: 3.0)
    assert "<svg" not in report.html(verdict)
    verdict, _ = told("02_forget_gate", "forget_gate", lambda x, h, U, W, b: (h @ W)[:, :2])
    assert "<svg" not in report.html(verdict)
