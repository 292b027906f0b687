"""Right gradients pass, wrong ones are caught, named and explained, whatever the sizes."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.exercise import load_unit
from autograder.course import root
from utils import gradient_check
from utils.gradient_check import (
    check_gradients,
    complex_step_gradient,
    directional_check,
    numerical_gradient,
)
from utils.gradients.lstm import check_lstm_gradients, check_lstm_model, error_map, lstm_problem
from utils.judging.judge import judge
from utils.judging.run import answers
from utils.networks import lstm_copies
from utils.networks.lstm import LSTM
from utils.networks.lstm_copies import lstm_loss

sys.path.insert(0, str(root() / "solutions"))
import lstm

few = settings(max_examples=6, deadline=None)
problems = st.builds(
    lstm_problem,
    T=st.integers(4, 6),
    N=st.integers(3, 5),
    D=st.integers(2, 5),
    H=st.integers(2, 5),
    K=st.integers(2, 5),
    seed=st.integers(0, 10**6),
)

# --- backward passes, right and wrong ---------------------------------------------------------

kept = {name: 0.0 for name in lstm.CELL}


def clip(a):
    return a / max(1.0, np.linalg.norm(a))


def backward(dh, caches, params, wrong=""):
    """lstm_backward with one of the mistakes of MISTAKES."""
    T, N, _ = dh.shape
    grads = {name: np.zeros_like(params[name]) for name in lstm.CELL}
    dx = np.zeros((T, *caches[0]["x"].shape))
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    steps = range(T) if wrong == "time forwards" else range(T - 1, -1, -1)
    for back, t in enumerate(steps):
        s = caches[max(t - 1, 0) if wrong == "states off by one" else t]
        f, i, g, o = (s[name] for name in "figo")
        if wrong == "no carry of dh" or (wrong == "truncated" and back % 2 == 0):
            dh_next = np.zeros_like(dh_next)
        if wrong == "no carry of dc" or (wrong == "truncated" and back % 2 == 0):
            dc_next = np.zeros_like(dc_next)
        if wrong == "clipped inside the loop":
            dh_next, dc_next = clip(dh_next), clip(dc_next)
        dh_t, shown = dh[t] + dh_next, np.tanh(s["c"])
        inner = np.tanh(shown) if wrong == "tanh' of the activated value" else shown
        dc = dc_next + dh_t * o * (1 - inner**2) * (wrong != "no way from h to c")
        d = {
            "f": dc * s["c_prev"] * f * (1 - f),
            "i": dc * g * i * (1 - i),
            "g": dc * i * (g * (1 - g) if wrong == "wrong slope" else 1 - g**2),
            "o": dh_t * shown * (1 if wrong == "slope missing" else o * (1 - o)),
        }
        back_through = [
            a for a in d if not (wrong == "forget gate left out of dh_prev" and a == "f")
        ]
        W = {a: params[f"W_{a}"] for a in back_through}
        dh_next = sum(d[a] @ (M if wrong == "W for its transpose" else M.T) for a, M in W.items())
        dc_next = dc * f
        dx[t] = sum(d[a] @ params[f"U_{a}"].T for a in d)
        for a in d:
            step = {
                f"U_{a}": s["x"].T @ d[a],
                f"W_{a}": s["h_prev"].T @ d[a],
                f"b_{a}": d[a].mean(axis=0) if wrong == "bias averaged" else d[a].sum(axis=0),
            }
            for name, share in step.items():
                assign = wrong == "= for +=" or (wrong == "= for += in one gate" and a == "f")
                grads[name] = share if assign else grads[name] + share
    scale = {"divided by N": 1 / N, "divided by T": 1 / T}.get(wrong, 1.0)
    grads = {name: scale * gradient for name, gradient in grads.items()}
    if wrong == "kept between calls":
        for name in grads:
            kept[name] = grads[name] = kept[name] + grads[name]
    return dx, dh_next, dc_next, grads


def broken(wrong):
    """A backward pass with this mistake, and nothing kept from an earlier test."""
    kept.update({name: 0.0 for name in lstm.CELL})
    return lambda dh, caches, params: backward(dh, caches, params, wrong)


# mistake → what the report says of it at the default setting
MISTAKES = {
    "no carry of dh": "Right at the last step only: the carry of dh is lost",
    "no carry of dc": "the others at the last step only: the carry of dc is lost",
    "= for +=": "Only step 0 is in the sums",
    "= for += in one gate": "Only the forget gate is wrong",
    "time forwards": "Time runs forwards",
    "states off by one": "Off by one: step t is walked back with the cache of step t - 1",
    "wrong slope": "At the last step only the candidate is wrong",
    "slope missing": "At the last step only the output gate is wrong",
    "tanh' of the activated value": "spoil the steps before: look at the way from h into c",
    "no way from h to c": "the way from h into c is missing",
    "W for its transpose": "Right at the last step only: what is carried back is wrong",
    "forget gate left out of dh_prev": "dh_prev misses the forget gate",
    "bias averaged": "The same in all of b_f, b_i, b_g, b_o: It is exactly N = 3 times too small",
    "divided by N": "exactly N = 3 times too small",
    "divided by T": "exactly T = 5 times too small",
    "truncated": "Right at the last 2 steps only: both carries are cut every 2 steps",
    "clipped inside the loop": "something is clipped",
    "kept between calls": "something is kept between calls",
}


@few
@given(problems)
def test_a_right_backward_pass_passes_at_every_size(problem):
    report = check_lstm_gradients(backward, lstm.forward, problem)
    assert report.passed and report.wrong == [] and report.likely == ""
    assert report.map.errors.shape == (4, len(problem.x)) and report.map.errors.max() < 1e-12


@pytest.mark.parametrize("wrong", MISTAKES)
@few
@given(problems)
def test_every_wrong_backward_pass_is_caught_at_every_size(wrong, problem):
    assert not check_lstm_gradients(broken(wrong), lstm.forward, problem).passed


@pytest.mark.parametrize("wrong", MISTAKES)
def test_the_report_says_where_and_why(wrong):
    assert MISTAKES[wrong] in check_lstm_gradients(broken(wrong), lstm.forward).likely


def test_the_error_map_shows_the_place():
    telling = (
        "no carry of dh",
        "no carry of dc",
        "= for += in one gate",
        "truncated",
        "divided by T",
    )
    errors = {w: error_map(broken(w), lstm.forward, lstm_problem()).errors for w in telling}
    right = {wrong: e < 1e-6 for wrong, e in errors.items()}
    assert right["no carry of dh"][:, -1].all() and not right["no carry of dh"][:, :-1].any()
    assert right["no carry of dc"][3, -2:].all() and not right["no carry of dc"][:3, :-1].any()
    assert (
        right["= for += in one gate"][1:].all() and not right["= for += in one gate"][0, 1:].any()
    )
    assert right["truncated"][:, -2:].all() and not right["truncated"][:, :-2].any()
    assert np.allclose(errors["divided by T"], (1 - 1 / 5) / (1 + 1 / 5))


def test_one_time_step_has_no_order_of_time_to_get_wrong():
    report = check_lstm_gradients(broken("wrong slope"), lstm.forward, lstm_problem(T=1))
    assert report.likely == "Only the candidate is wrong: look at the lines of its own."


def model(params, x, targets, h0, c0, wrong=""):
    h, _, caches = lstm.forward(x, h0, c0, params)
    logits = h @ params["V"] + params["b_y"]
    p = lstm.softmax(logits)
    d = (p - np.eye(p.shape[-1])[targets]) / (1 if wrong == "not divided by N" else len(x[0]))
    if wrong == "softmax's Jacobian twice":
        d = p * (d - (p * d).sum(axis=-1, keepdims=True))
    *_, grads = lstm.backward(d @ params["V"].T, caches, params)
    grads |= {"V": np.einsum("tnh,tnk->hk", h, d), "b_y": d.sum(axis=(0, 1))}
    return float(lstm.cross_entropy(logits, targets)), grads


@few
@given(problems)
def test_a_whole_model_passes_by_whatever_route_its_gradients_came(problem):
    assert check_lstm_model(model, problem).passed

    def packed(params, *rest):
        return LSTM.from_params(params, np.float64).loss_and_gradients(*rest)

    assert check_lstm_model(packed, problem, every_entry=True).passed


@pytest.mark.parametrize("wrong", ["softmax's Jacobian twice", "not divided by N"])
@few
@given(problems)
def test_a_wrong_output_layer_is_caught_at_every_size(wrong, problem):
    report = check_lstm_model(lambda *args: model(*args, wrong), problem)
    assert set(report.wrong) == set(problem.params)


def test_a_factor_common_to_all_is_said_once_and_a_wrong_loss_is_noted():
    report = check_lstm_model(lambda *args: model(*args, "not divided by N"))
    assert report.likely == "The same in every array: It is exactly N = 3 times too large."
    averaged = check_lstm_model(lambda *args: (model(*args)[0] / 5, model(*args)[1]))
    assert averaged.passed and averaged.notes[0].startswith("The loss itself is")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("U_f", "W_f", "b_f"), "Only the forget gate's block is wrong"),
        (("W_f", "W_i", "W_g", "W_o"), "Only the arrays called W are wrong: W_f, W_i, W_g, W_o."),
        (("U_f", "W_g"), ""),
    ],
)
def test_what_wrong_arrays_have_in_common_is_said(names, said):
    rng = np.random.default_rng(3)

    def some_off(*args):
        value, grads = model(*args)
        return value, {n: g + (n in names) * rng.normal(size=g.shape) for n, g in grads.items()}

    report = check_lstm_model(some_off)
    assert set(report.wrong) == set(names)
    assert report.likely.startswith(said) if said else report.likely == ""


# --- any model --------------------------------------------------------------------------------


def net(seed=0, N=3, D=4, H=5, K=2):
    """A small network: loss, params, gradients, inputs."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(N, D)), rng.normal(size=(N, K))
    params = {"A": rng.normal(size=(D, H)), "b": rng.normal(size=H), "B": rng.normal(size=(H, K))}

    def loss(p):
        return ((np.tanh(x @ p["A"] + p["b"]) @ p["B"] - y) ** 2).sum() / N

    h = np.tanh(x @ params["A"] + params["b"])
    d = 2 * (h @ params["B"] - y) / N
    dz = d @ params["B"].T * (1 - h**2)
    return loss, params, {"A": x.T @ dz, "b": dz.sum(axis=0), "B": h.T @ d}, {"x": x}


sizes = st.integers(1, 6)
nets = st.builds(net, seed=st.integers(0, 10**6), N=sizes, D=sizes, H=sizes, K=sizes)


@settings(max_examples=20, deadline=None)
@given(nets, st.booleans())
def test_right_gradients_of_any_model_pass_by_either_route(made, real):
    loss, params, grads, _ = made
    report = check_gradients((lambda p: float(loss(p))) if real else loss, params, grads)
    assert report.passed
    assert report.route == ("central" if real else "complex")
    assert any("Not by the complex step" in note for note in report.notes) == real


@settings(max_examples=20, deadline=None)
@given(nets, st.data())
def test_one_wrong_entry_is_found_and_named(made, data):
    loss, params, grads, _ = made
    name = data.draw(st.sampled_from(sorted(params)))
    index = tuple(data.draw(st.integers(0, n - 1)) for n in params[name].shape)
    before = float(grads[name][index])
    grads[name][index] += 1.0
    report = check_gradients(loss, params, grads)
    row = report.row(name)
    assert report.wrong == [name] and row.entry == index
    assert row.mine == pytest.approx(before + 1) and row.true == pytest.approx(before)
    assert f"Worst at [{', '.join(map(str, index))}]" in str(report)


@settings(max_examples=20, deadline=None)
@given(nets)
def test_the_three_routes_agree(made):
    loss, params, grads, _ = made
    exact, measured = complex_step_gradient(loss, params), numerical_gradient(loss, params)
    for name in params:
        assert np.allclose(exact[name], grads[name], rtol=1e-10, atol=1e-12)
        assert np.allclose(measured[name], grads[name], rtol=1e-5, atol=1e-7)
    assert max(directional_check(loss, params, grads).values()) < 1e-10
    assert directional_check(loss, params, grads, together=True)["all"] < 1e-10


def test_projections_estimate_the_size_of_an_error():
    loss, params, grads, _ = net()
    estimate = directional_check(loss, params, {**grads, "A": 1.001 * grads["A"]}, directions=200)
    assert estimate["A"] == pytest.approx(0.0005, rel=0.2) and estimate["B"] < 1e-10


CHANGES = {
    "twice": (lambda g: 2 * g, "It is exactly 2 times what it should be."),
    "sign": (lambda g: -g, "The sign is turned"),
    "zero": (lambda g: 0 * g, "It is all zero"),
    "mean": (lambda g: g / 3, "It is exactly N = 3 times too small."),
    "transposed": (lambda g: g.T, "It is exactly transposed."),
    "some signs": (lambda g: np.abs(g), "Some entries have the wrong sign"),
    "clipped": (lambda g: np.clip(g, -0.1, 0.1), "It is clipped at 0.1."),
    "row": (lambda g: g * (np.arange(4) != 2)[:, None], "Only row 2 of 4 differs"),
    "columns": (lambda g: g * (np.arange(4) > 1), "Only columns 0, 1 of 4 differ"),
    "shifted": (lambda g: g + 0.5, "Every entry is off by the same 0.5."),
    "downhill": (lambda g: g + np.abs(g), "It still points downhill"),
    "nan": (lambda g: g * np.nan, "It has nan or inf in it"),
    "shape": (lambda g: g[:, :3], "Its shape is (4, 3), that of the array is (4, 4)."),
    "complex": (lambda g: g + 0j, "Its dtype is complex128"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_row_says_what_an_error_looks_like(change):
    loss, params, grads, inputs = net(H=4)
    grads["A"] = CHANGES[change][0](grads["A"])
    report = check_gradients(loss, params, grads, inputs=inputs, axes={"x": "N D"})
    assert report.wrong == ["A"]
    assert CHANGES[change][1] in report.row("A").words


def test_missing_and_unknown_names_are_told():
    loss, params, grads, _ = net()
    report = check_gradients(loss, params, {"A": grads["A"], "B": grads["B"], "c": grads["b"]})
    assert report.row("b").words == "There is no gradient of this name." and not report.passed
    assert "grads has names that params has not: c." in report.notes


def test_of_a_large_array_only_some_entries_are_measured_and_the_report_says_so():
    loss, params, grads, _ = net(D=30, H=20)
    report = check_gradients(loss, params, {**grads, "A": 2 * grads["A"]}, most=50)
    row = report.row("A")
    assert row.measured == "50 of 600 entries" and "exactly 2 times" in row.words
    assert "50 of 600 entries" in str(report) and report.evaluations < 100


def test_a_sample_that_misses_the_mistake_does_not_acquit():
    loss, params, grads, _ = net(D=30, H=20)
    grads["A"][7, 7] += 1.0
    report = check_gradients(loss, params, grads, most=2)
    assert report.wrong == ["A"]
    assert "not among the measured entries" in report.row("A").words
    assert check_gradients(loss, params, grads).row("A").entry == (7, 7)


def test_numbers_and_empty_arrays_are_parameters_too():
    params = {"a": np.array(2.0), "b": 3, "none": np.zeros((0, 2))}
    grads = {"a": np.array(3.0), "b": 2.0, "none": np.zeros((0, 2))}

    def product(p):
        return p["a"] * p["b"]

    for every_entry in (False, True):
        assert check_gradients(product, params, grads, every_entry=every_entry).passed
    wrong = check_gradients(product, params, {**grads, "b": 5.0})
    assert wrong.wrong == ["b"] and "Worst: 5, measured 2." in wrong.row("b").words


def test_an_array_the_loss_does_not_use_proves_nothing():
    loss, params, grads, _ = net()
    params["idle"] = np.ones((2, 2))
    report = check_gradients(loss, params, {**grads, "idle": np.zeros((2, 2))})
    assert report.passed and "says nothing" in report.row("idle").words
    wrong = check_gradients(loss, params, {**grads, "idle": np.ones((2, 2))})
    assert wrong.wrong == ["idle"]


# --- settings ---------------------------------------------------------------------------------


def noted(problem, **more):
    return " ".join(check_lstm_gradients(backward, lstm.forward, problem, **more).notes)


def changed(**arrays):
    problem = lstm_problem()
    for name, change in arrays.items():
        array = getattr(problem, name) if hasattr(problem, name) else problem.params[name]
        array[:] = change(array)
    return problem


@pytest.mark.parametrize(
    ("problem", "note"),
    [
        (lstm_problem(T=1), "T = 1, fewer than 4 time steps"),
        (lstm_problem(N=1), "N = 1, fewer than 3 examples"),
        (lstm_problem(D=6), "D = H = 6: with equal sizes"),
        (changed(h0=lambda a: 0), "h0 is all zero"),
        (changed(c0=lambda a: 0), "c0 is all zero"),
        (
            changed(dh=lambda a: a * (np.arange(5) == 4)[:, None, None]),
            "dh is zero at 4 of 5 steps",
        ),
        (changed(U_f=lambda a: 1e-4 * a), "U_f is nearly zero"),
    ],
)
def test_a_setting_at_which_mistakes_hide_is_pointed_out(problem, note):
    assert note in noted(problem)


def test_the_default_setting_has_nothing_to_point_out():
    assert noted(lstm_problem()) == ""


def test_precision_and_step_are_pointed_out():
    loss, params, grads, _ = net()
    single = {name: a.astype(np.float32) for name, a in params.items()}
    assert "Single precision: A, b, B" in str(check_gradients(loss, single, grads))
    for eps, word in ((1e-10, "eps = 1e-10 is small"), (0.1, "eps = 0.1 is large")):
        report = check_gradients(loss, params, grads, route="central", eps=eps)
        assert word in str(report) and not report.passed
        assert report.row("A").verdict == "unclear" and report.wrong == []


def test_a_loss_that_rounds_is_not_trusted_to_tell_right_from_wrong():
    loss, params, grads, _ = net()

    def rounding(p):
        return np.float32(loss({name: a.astype(np.float32) for name, a in p.items()}))

    report = check_gradients(rounding, params, grads)
    assert not report.passed and report.wrong == []
    assert "the measured gradient is only good to" in str(report)
    assert check_gradients(rounding, params, {n: -g for n, g in grads.items()}).wrong == list(grads)


def test_a_loss_that_leaves_the_complex_numbers_is_noticed():
    loss, params, grads, _ = net()
    grads["b"] += np.sign(params["b"])

    def with_abs(p):
        return loss(p) + np.abs(p["b"]).sum()

    report = check_gradients(with_abs, params, grads)
    assert report.passed and report.route == "central" and "Is there an abs" in str(report)
    with pytest.raises(ValueError, match="does not work for this loss"):
        check_gradients(with_abs, params, grads, route="complex")


def test_what_cannot_be_measured_is_refused():
    _, params, grads, inputs = net()
    rng = np.random.default_rng(0)
    losses = {
        "at the same params": lambda p: rng.normal(),
        "nothing can be measured": lambda p: np.nan,
        "not one number": lambda p: p["b"],
        "read-only": lambda p: p["b"].fill(0) or 0.0,
    }
    for message, loss in losses.items():
        with pytest.raises(ValueError, match=message):
            check_gradients(loss, params, grads)
    with pytest.raises(ValueError, match="batched loss returns shape"):
        check_gradients(lambda p: 0.0, params, grads, batched=True)
    for strange in ({}, {"b": np.ones(2) + 1j}, {"b": "text"}):
        with pytest.raises(ValueError, match="params must be real arrays by name"):
            check_gradients(lambda p: 1.0, strange, grads)
    with pytest.raises(ValueError, match="N is 4 in x but 3 elsewhere"):
        check_gradients(lambda p: 1.0, params, grads, inputs=inputs, axes={"x": "N N"})
    with pytest.raises(ValueError, match="x has shape"):
        check_gradients(lambda p: 1.0, params, grads, inputs=inputs, axes={"x": "N"})
    with pytest.raises(ValueError, match="the gradient of A: Its shape"):
        directional_check(lambda p: 1.0, params, {**grads, "A": np.zeros(2)})


def test_what_is_no_lstm_is_refused_in_words():
    p = lstm_problem()

    def no_bias(x, h0, c0, params):
        return lstm.forward(x, h0, c0, {n: a * (n[0] != "b") for n, a in params.items()})

    with pytest.raises(ValueError, match="gives other hidden states than an LSTM"):
        check_lstm_gradients(backward, no_bias)
    with pytest.raises(ValueError, match="must return h, c, caches"):
        error_map(backward, lambda *args: None, p)
    with pytest.raises(ValueError, match="must return dx, dh0, dc0"):
        check_lstm_gradients(lambda *args: None, lstm.forward)
    with pytest.raises(ValueError, match="no gradient for W_o"):
        check_lstm_gradients(
            lambda *a: (
                *backward(*a)[:3],
                {n: g for n, g in backward(*a)[3].items() if n != "W_o"},
            ),
            lstm.forward,
        )
    with pytest.raises(ValueError, match="must return loss, grads"):
        check_lstm_model(lambda *args: 0.0)


def test_a_backward_pass_that_writes_into_its_arguments_is_told():
    def writes(dh, caches, params):
        dh[:-1] += 1.0
        return backward(dh - np.pad(np.ones_like(dh[1:]), ((0, 1), (0, 0), (0, 0))), caches, params)

    report = check_lstm_gradients(writes, lstm.forward)
    assert report.wrong == [] and not report.passed
    assert report.likely == "It changes its argument dh: work on a copy."


def test_gradients_that_do_not_follow_the_cached_input_have_no_map():
    x = lstm_problem().x

    def own(dh, caches, params):
        return backward(dh, [{**s, "x": x[t]} for t, s in enumerate(caches)], params)

    report = check_lstm_gradients(own, lstm.forward)
    assert report.wrong == [] and np.isnan(report.map.errors).all()
    assert "there is no share to look at" in report.likely


# --- what is shown ----------------------------------------------------------------------------


def test_a_report_is_text_a_table_and_a_picture():
    loss, params, grads, _ = net()
    params["<i>"], grads["<i>"] = np.ones(2), np.zeros(2)
    report = check_gradients(loss, params, {**grads, "b": 2 * grads["b"]})
    shown = report._repr_mimebundle_()
    assert shown["text/plain"] == str(report) == repr(report)
    assert str(report).splitlines()[0] == "Gradient check of 4 arrays: 3 right, 1 wrong"
    assert "<caption>Gradient check of 4 arrays: 3 right, 1 wrong</caption>" in shown["text/html"]
    assert shown["text/html"].count("<th scope='row'") == 4
    assert "&lt;i&gt;" in shown["text/html"] and "<i>" not in shown["text/html"]
    picture = report.plot()
    assert picture.svg.startswith("<svg") and "b wrong" in picture.alt


def test_an_error_map_is_text_and_a_picture_that_says_the_same():
    report = check_lstm_gradients(broken("no carry of dc"), lstm.forward)
    assert str(report.map).splitlines()[1].startswith("forget gate")
    assert "the carry of dc is lost" in report.plot().alt
    assert report.plot().svg.startswith("<svg")
    assert "data:image/svg+xml" in report.map._repr_mimebundle_()["text/html"]


# --- the forward pass that the truth comes from -----------------------------------------------


def test_copies_run_as_one_lstm_does_also_far_out():
    p = lstm_problem()
    at = {"x": p.x, "h0": p.h0, "c0": p.c0, **p.cell}
    for scale in (1.0, 1e4):
        big = {name: scale * a for name, a in at.items()}
        h, _, _ = lstm.forward(big["x"], big["h0"], big["c0"], big)
        both = {n: np.stack([a, scale * a]) for n, a in at.items()}
        assert np.allclose(lstm_copies.hidden_states(both)[1], h, rtol=1e-12, atol=1e-12)
    loss = lstm_loss(p.x, p.targets, p.h0, p.c0)({n: a[None] for n, a in p.params.items()})
    assert loss[0] == pytest.approx(lstm.loss(p.params, p.x, p.targets, p.h0, p.c0), rel=1e-12)


@pytest.mark.parametrize("path", lstm_copies.PATHS)
def test_a_cut_path_changes_gradients_and_no_values(path):
    p = lstm_problem()
    at = {name: a[None] for name, a in {"x": p.x, "h0": p.h0, "c0": p.c0, **p.cell}.items()}
    at["b_f"] = at["b_f"] + 1e-30j
    whole, cut = lstm_copies.hidden_states(at), lstm_copies.hidden_states(at, cut={path})
    assert np.allclose(whole.real, cut.real, rtol=1e-13, atol=0)
    assert not np.allclose(whole.imag / 1e-30, cut.imag / 1e-30)


# --- and what is not there --------------------------------------------------------------------


def test_nothing_in_the_library_is_an_answer_of_the_course():
    """Notebooks import utils: no function of it may pass for a learner's own."""
    others = (
        sys.modules[f"utils.gradients.{name}"]
        for name in ("check", "lstm", "error_map", "numerical", "problem", "report")
    )
    modules = (gradient_check, lstm_copies, *others)
    functions = [f for m in modules for f in vars(m).values()
                 if callable(f) and getattr(f, "__module__", "").startswith("utils.")]  # fmt: skip
    assert numerical_gradient in functions
    for unit, exercise in (
        ("08_forward_propagation", "lstm_forward"),
        ("09_gradient_check", "numerical_gradient"),
        ("09_gradient_check", "relative_error"),
    ):
        spec = load_unit(root() / "solutions" / unit).spec(exercise)
        for function in functions:
            assert judge(spec, answers(function, spec)).score < 0.5 * spec.max_score, function
