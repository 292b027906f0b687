"""What a learner is told, and what it is worth, for every way of getting an answer wrong."""

import functools
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.exercise import load_unit
from utils.judging import report
from utils.judging.judge import CHARGED, judge
from utils.judging.run import answers
from utils.judging.spec import pack_spec, unpack_spec

ROOT = Path(__file__).parents[2]
UNIT = load_unit(ROOT / "solutions" / "02_forget_gate")
GATE = UNIT.spec("forget_gate")
PURE = "leaves its arguments alone"
SIZES = "right for every N, D and H"
BIAS = "the bias b_f shifts it"


def sigmoid(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), 1 - 1 / (1 + np.exp(-np.abs(z))))


def right(x, h_prev, U_f, W_f, b_f):
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)


def verdict(function, spec=GATE):
    return judge(spec, answers(function, spec, seconds=3))


def failed(function):
    return [check.name for check in verdict(function).checks if not check.passed]


class Gate:
    def __call__(self, x, h_prev, U_f, W_f, b_f):
        return right(x, h_prev, U_f, W_f, b_f)


def with_scale(scale, x, h_prev, U_f, W_f, b_f):
    return scale * right(x, h_prev, U_f, W_f, b_f)


@pytest.mark.parametrize(
    "function",
    [
        right,
        lambda x, h, U, W, b: right(x, h, U, W, b),
        lambda *args: right(*args),
        Gate(),
        functools.partial(with_scale, 1.0),
    ],
    ids=["def", "lambda", "star", "class", "partial"],
)
def test_any_callable_that_is_right_gets_all_points(function):
    result = verdict(function)
    assert result.passed and result.score == result.max_score == 7


def test_rounding_in_another_order_is_no_error():
    def packed(x, h_prev, U_f, W_f, b_f):
        return sigmoid(np.hstack([x, h_prev]) @ np.vstack([U_f, W_f]) + b_f)

    assert verdict(packed).passed


def test_an_error_of_one_part_in_a_hundred_thousand_is_one():
    assert verdict(lambda *a: right(*a) * (1 + 1e-5)).score <= 1


def test_ignoring_an_argument_costs_that_argument_alone():
    assert failed(lambda x, h, U, W, b: sigmoid(x @ U + h @ W)) == [BIAS]
    assert failed(lambda x, h, U, W, b: sigmoid(x @ U + b)) == [
        "h_prev reaches the forget gate through W_f"
    ]
    assert failed(lambda x, h, U, W, b: sigmoid(h @ W + b)) == [
        "x reaches the forget gate through U_f"
    ]


def test_what_counts_although_it_is_wrong_says_so():
    result = verdict(lambda x, h, U, W, b: sigmoid(x @ U + h @ W))
    told = {c.name: c.message for c in result.checks if c.passed and c.message}
    assert told[SIZES] == CHARGED and BIAS not in told
    assert f"✔ counted: {SIZES} (1): {CHARGED}" in report.text(result)
    assert f"<small>(1 point: {CHARGED})</small>" in report.html(result)
    assert not [c for c in verdict(right).checks if c.message]


def test_working_for_one_shape_alone_costs_the_sizes():
    def fixed(x, h_prev, U_f, W_f, b_f):
        f = np.zeros((3, 5))
        f[:] = right(x, h_prev, U_f, W_f, b_f)
        return f

    assert failed(fixed) == [SIZES]


def test_changing_an_argument_costs_the_point_for_that():
    def changes(x, h_prev, U_f, W_f, b_f):
        f = right(x, h_prev, U_f, W_f, b_f)
        h_prev[:] = 0
        return f

    result = verdict(changes)
    assert [c.name for c in result.checks if not c.passed] == [PURE]
    assert "changes its argument h_prev" in result.checks[-1].message


def test_returning_a_view_of_an_argument_costs_the_point_for_that():
    def view(x, h_prev, U_f, W_f, b_f):
        f = right(x, h_prev, U_f, W_f, b_f)
        kept = h_prev.copy()
        h_prev[:] = f
        result = h_prev[:]
        del kept
        return result

    result = verdict(view)
    assert [c.name for c in result.checks if not c.passed] == [PURE]

    memory = UNIT.spec("remaining_memory")
    spec_fails = judge(memory, answers(lambda f: f if len(f) == 1 else np.cumprod(f, 0), memory))
    assert [c.name for c in spec_fails.checks if not c.passed] == ["leaves its argument alone"]
    assert "is a view of the argument f" in spec_fails.checks[-1].message


def test_keeping_something_between_calls_is_told():
    calls = []

    def unsteady(*args):
        calls.append(1)
        return right(*args) if len(calls) % 2 else np.zeros((1, 1))

    result = verdict(unsteady)
    assert [c.name for c in result.checks if not c.passed] == [PURE]
    assert "gave two answers" in result.checks[-1].message


WRONG_TYPES = {
    "list": (lambda f: f.tolist(), "got a list", "np.array"),
    "tuple": (lambda f: (f,), "got a tuple", "comma too many"),
    "None": (lambda f: None, "got None", "return line missing"),
    "object": (lambda f: f.astype(object), "dtype object", "Python objects"),
    "masked": (np.ma.masked_array, "got a masked array", "plain array"),
    "complex": (lambda f: f + 0j, "complex128", "real part"),
    "float32": (lambda f: f.astype(np.float32), "float32", "Keep float64"),
    "matrix": (lambda f: f.view(np.recarray), "got a recarray", ""),
    "number": (lambda f: f.sum(), "the float64", "single number"),
    "text": (lambda f: "f", "the str f", ""),
    "integers": (lambda f: np.round(f).astype(int), "int64", "Whole numbers"),
}


@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_every_wrong_return_type_has_a_message_of_its_own(kind):
    change, said, why = WRONG_TYPES[kind]
    result = verdict(lambda *a: change(right(*a)))
    assert result.score == 0
    assert said in result.checks[0].message
    assert why in result.diagnosis


def test_the_number_of_arguments_is_told_with_both_lists():
    result = verdict(lambda x, h_prev, U_f, W_f: None)
    message = result.checks[0].message
    assert "takes (x, h_prev, U_f, W_f)" in message
    assert "called with (x, h_prev, U_f, W_f, b_f)" in message


def test_an_exception_points_at_the_learners_own_line():
    def raises(x, h_prev, U_f, W_f, b_f):
        z = x @ W_f
        return z

    message = verdict(raises).checks[0].message
    assert "raised ValueError" in message and "`z = x @ W_f`" in message


def test_recursion_without_end_is_told():
    def again(x, h_prev, U_f, W_f, b_f):
        return again(x, h_prev, U_f, W_f, b_f)

    assert "calls itself without end" in verdict(again).checks[0].message


def test_a_loop_without_end_is_stopped_and_told():
    def endless(*args):
        while True:
            pass

    result = judge(GATE, answers(endless, GATE, seconds=0.3))
    assert result.score == 0 and "a loop that never ends" in result.checks[0].message


def test_an_unwritten_function_is_called_unwritten():
    def stub(x, h_prev, U_f, W_f, b_f):
        raise NotImplementedError

    result = verdict(stub)
    assert result.score == 0 and "not written yet" in result.checks[0].message


def test_something_that_cannot_be_called_is_told():
    assert "cannot be called" in verdict(np.zeros(3)).checks[0].message


def test_a_known_mistake_is_recognised_on_other_numbers_too():
    fresh = UNIT.spec("forget_gate", seed=7)
    result = verdict(lambda x, h, U, W, b: np.tanh(x @ U + h @ W + b), fresh)
    assert result.misconceptions == ("other activation",) and "uses tanh" in result.diagnosis


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda f: -f, "wrong sign"),
        (lambda f: 3 * f, "3 times (N = 3)"),
        (lambda f: f + 0.25, "off by the same amount, 0.25"),
        (lambda f: f.T.copy(), "transposed"),
        (lambda f: f[:, :, None].copy(), "axis of length 1"),
        (lambda f: f.mean(axis=0), "first axis is gone"),
        (
            lambda f: np.where(np.arange(f.shape[1]) == 0, f, 0.1),
            "Along the last axis only the first is right",
        ),
        (lambda f: f * np.nan, "overflow"),
    ],
)
def test_the_structure_of_an_unknown_error_speaks(change, said):
    assert said in verdict(lambda *a: change(right(*a))).diagnosis


def test_good_behaviour_alone_earns_nothing():
    assert verdict(lambda x, *rest: np.full((len(x), rest[-1].size), 0.123)).score == 0


def test_a_spec_survives_its_way_to_disk():
    assert judge(unpack_spec(*pack_spec(GATE)), answers(right, GATE)).passed


def test_a_submission_sees_no_expected_values():
    problems = GATE.problems()
    assert all(case.expected is None for case in problems.cases)
    assert not problems.misconceptions and not problems.hints


def test_the_report_says_everything_in_words():
    result = verdict(lambda x, h, U, W, b: np.tanh(x @ U + h @ W + b))
    text, html = report.text(result), report.html(result)
    for shown in (text, html):
        assert "0 of 7 points" in shown and "not yet" in shown and "later" in shown
        assert "uses tanh" in shown and "Given" in shown and "Expected" in shown
    assert html.count("<details") >= len(result.hints) == 6
    assert "<script" not in html


def test_the_report_escapes_what_a_learner_printed():
    def prints(*args):
        print("<script>alert(1)</script>")
        return right(*args)

    assert "<script>" not in report.html(verdict(prints))
    assert "alert(1)" in report.text(verdict(prints))


SAMPLE = load_unit(Path(__file__).parents[2] / "solutions" / "13_language_model").spec(
    "sample_next"
)


def soft(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def by_choice(p, rng):
    rows = p.reshape(-1, p.shape[-1])
    ids = np.array([rng.choice(len(row), p=row) for row in rows])
    return ids.reshape(p.shape[:-1]) if p.ndim > 1 else ids[0]


def by_sums(p, rng):
    height = rng.random((*p.shape[:-1], 1))
    return (p.cumsum(axis=-1) > height * p.sum(axis=-1, keepdims=True)).argmax(axis=-1)


def by_gumbel(p, rng):
    with np.errstate(divide="ignore"):
        return np.argmax(np.log(p) + rng.gumbel(size=p.shape), axis=-1)


@pytest.mark.parametrize("draw", [by_choice, by_sums, by_gumbel])
def test_a_random_answer_is_judged_by_what_is_measured_whatever_the_route(draw):
    assert verdict(lambda z, tau, rng: draw(soft(z / tau), rng), SAMPLE).passed
    for change, name in (
        (lambda z, tau: soft(z * tau), "multiplied by the temperature"),
        (lambda z, tau: soft(z), "temperature ignored"),
        (lambda z, tau: soft(-z / tau), "sign turned"),
    ):
        result = verdict(lambda z, tau, rng, p=change: draw(p(z, tau), rng), SAMPLE)
        assert result.misconceptions == (name,) and not result.passed


def test_truths_and_whole_numbers_are_asked_for_by_name():
    unit = load_unit(Path(__file__).parents[2] / "solutions" / "15_reproduce_the_paper")
    one = verdict(lambda outputs, targets, tolerance: True, unit.spec("within"))
    assert "expected a bool array" in one.checks[0].message
    nan = verdict(
        lambda right: np.where(right.all(axis=0), np.nan, (~right).argmax(axis=0)),
        unit.spec("first_error"),
    )
    assert "whole numbers" in nan.diagnosis and "float64" not in nan.diagnosis


def test_chance_that_is_not_drawn_from_rng_costs_the_point_for_that():
    mask = load_unit(ROOT / "solutions" / "19_generalise").spec("dropout_mask", seed=4)
    ignores = verdict(
        lambda rng, shape, p: (np.random.default_rng(0).random(shape) >= p) / (1 - p), mask
    )
    # every call gives the same mask, so nothing is drawn by itself either
    failed = [c.name for c in ignores.checks if not c.passed]
    assert failed == ["every place is drawn by itself", mask.checks[-1].name]
    assert "nothing was drawn from rng" in ignores.checks[-1].message
    assert verdict(lambda rng, shape, p: (rng.random(shape) >= p) / (1 - p), mask).passed


def test_parts_of_a_dict_are_judged_one_by_one():
    spec = load_unit(ROOT / "solutions" / "17_pytorch").spec("from_torch", seed=4)

    def turned(state):
        params = {}
        for k, gate in enumerate("ifgo"):
            params[f"U_{gate}"] = np.split(state["weight_ih_l0"], 4)[k].T
            params[f"W_{gate}"] = 3 * np.split(state["weight_hh_l0"], 4)[k].T
            params[f"b_{gate}"] = np.split(state["bias_ih_l0"] + state["bias_hh_l0"], 4)[k]
        return params

    assert 0 < verdict(turned, spec).score < spec.max_score
