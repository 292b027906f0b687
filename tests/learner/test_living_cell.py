"""The living cell without a browser: what it computes, says, and shows where no kernel runs."""

import importlib
import json
import re

import numpy as np
import pytest

from utils.learner.living_cell import Track, living_cell
from utils.networks.cell import GATES, backward_step, forward
from utils.networks.lstm import LSTM

GATE = re.compile(r"f = ([\d.]+)")


def forget_gate(x, h_prev, U, W, b):
    return 1 / (1 + np.exp(-(x @ U + h_prev @ W + b)))


def input_gate(x, h_prev, U, W, b):
    return forget_gate(x, h_prev, U, W, b)


def output_gate(x, h_prev, U, W, b):
    return forget_gate(x, h_prev, U, W, b)


def candidate_state(x, h_prev, U, W, b):
    return np.tanh(x @ U + h_prev @ W + b)


def stub(*arguments):
    raise NotImplementedError


def move(cell, **sliders):
    cell.settings = {**cell.settings, "sliders": sliders, "move": cell.settings["move"] + 1}
    return cell.state


@pytest.fixture
def whole():
    """A random cell of three units that reads five steps, and what it reads."""
    rng = np.random.default_rng(4)
    params = {f"U_{a}": rng.normal(size=(2, 3)) for a in GATES}
    params |= {f"W_{a}": rng.normal(size=(3, 3)) for a in GATES}
    params |= {f"b_{a}": rng.normal(size=3) for a in GATES}
    return params, rng.normal(size=(5, 2)), rng.normal(size=(5, 3))


def right_backward(dh, dc, cache, params):
    """One step back for one example, as unit 10 defines it."""
    at = {name: value[0] for name, value in cache.items()}
    d = backward_step(dh[0], dc[0], {**at, "tc": np.tanh(at["c"])}, params)
    grads = {f"b_{a}": d[f"dz{a}"] for a in GATES}
    return d["dx"][None], d["dh_prev"][None], d["dc_prev"][None], grads


# --- the numbers ---


def test_its_own_arithmetic_is_that_of_the_fast_lstm(whole):
    params, x, dh = whole
    lstm = LSTM.from_params(params, np.float64)
    h = lstm.forward(x[:, None])[:, 0].copy()
    run = forward(x, np.zeros(3), np.zeros(3), params, {})
    np.testing.assert_allclose(run["h"], h, rtol=1e-12)
    lstm.backward(dh[:, None].copy())
    dh_next = dc_next = np.zeros(3)
    sums = {a: np.zeros(3) for a in GATES}
    for t in reversed(range(5)):
        d = backward_step(dh[t] + dh_next, dc_next, {k: v[t] for k, v in run.items()}, params)
        dh_next, dc_next = d["dh_prev"], d["dc_prev"]
        for a in GATES:
            sums[a] += d[f"dz{a}"]
        np.testing.assert_allclose(d["dx"], lstm.dx[t, 0], rtol=1e-9)
    for a in GATES:
        np.testing.assert_allclose(sums[a], lstm.grads[f"b_{a}"], rtol=1e-9)


def test_every_number_of_a_state_is_that_of_the_unit_chosen(whole):
    params, x, _ = whole
    cell = living_cell(params=params, x=x, units=(2, 0))
    run = forward(x, np.zeros(3), np.zeros(3), params, {})
    for unit in (2, 0):
        cell.settings = {"unit": unit, "sliders": {}, "move": unit + 1}
        for name in ("f", "i", "g", "o", "c", "h", "c_prev", "h_prev", "kept", "written", "tc"):
            np.testing.assert_allclose(cell.state["series"][name], run[name][:, unit], rtol=1e-4)
        assert cell.state["sliders"]["b_f"] == params["b_f"][unit]


# --- a gate by itself ---


@pytest.mark.parametrize(
    ("bias", "said"),
    [
        (
            0.0,
            "f = 0.5: after 10 steps 0.1% of the memory is left; half of it is gone after 1 step.",
        ),
        (4.1, "half of it is gone after 42.2 steps."),  # longer than the strip, and not cut
        (2.0, "f = 0.881"),
    ],
)
def test_the_forget_gate_says_how_long_a_memory_lives(bias, said):
    assert said in move(living_cell(forget_gate), b_f=bias)["says"][0]


def test_the_learners_own_gate_is_run_wrong_or_right():
    def wrong(x, h_prev, U, W, b):
        return np.tanh(x @ U + h_prev @ W + b)

    wrong.__name__ = "forget_gate"
    state = move(living_cell(wrong), b_f=1.0)
    assert state["series"]["f"] == [pytest.approx(np.tanh(1), rel=1e-4)]
    assert state["series"]["zf"] == [1.0]  # the browser says that sigma of 1 is another number


def test_written_is_gate_times_candidate_over_all_inputs():
    series = move(living_cell(candidate_state, input_gate), b_g=0.5, b_i=-1.0)["series"]
    x = np.linspace(-3, 3, 31)
    expected = np.tanh(1.5 * x + 0.5) / (1 + np.exp(-(1.5 * x - 1)))
    np.testing.assert_allclose(series["written"], expected, rtol=1e-3, atol=1e-5)


def test_what_the_output_gate_hides_is_not_lost():
    state = move(living_cell(output_gate), b_o=-5.0)
    assert max(state["series"]["h"][:15]) < 0.01 and state["series"]["c"] == [1.5]


def test_an_unwritten_gate_gets_a_sentence_and_not_a_traceback():
    stub.__name__ = "forget_gate"
    assert "Write forget_gate first" in repr(living_cell(stub))
    row = lambda *arguments: np.ones(1)  # noqa: E731
    row.__name__ = "output_gate"
    shown = repr(living_cell(row))
    assert "output_gate has shape (1,), expected (1, 1)" in shown
    assert "Write" not in shown and "Its check says more" in shown


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_shown_as_a_word(wrong):
    def gate(x, h_prev, U, W, b):
        return np.full((len(x), 1), wrong)

    gate.__name__ = "forget_gate"
    cell = living_cell(gate)
    json.dumps(cell.state, allow_nan=False)  # what JSON cannot carry no browser gets
    assert cell.state["series"]["f"] == [str(wrong)] and f"f = {wrong}" in cell.static().alt
    assert "nan" not in re.sub(r">[^<]*<", "><", cell.static().svg)  # in no coordinate


def test_a_function_that_fails_at_a_move_is_quoted_and_the_picture_stays():
    def gate(x, h_prev, U, W, b):
        return 1 / b if b[0] == 2 else forget_gate(x, h_prev, U, W, b)[0]

    gate.__name__ = "forget_gate"
    assert "shape (1,)" in repr(living_cell(gate))

    def choosy(x, h_prev, U, W, b):
        if b[0] == 2:
            raise ZeroDivisionError("no two, please")
        return forget_gate(x, h_prev, U, W, b)

    choosy.__name__ = "forget_gate"
    cell = living_cell(choosy)
    before = cell.state["series"]
    state = move(cell, b_f=2.0)
    assert state["fault"] == "ZeroDivisionError: no two, please" and state["series"] == before
    assert move(cell, b_f=1.0)["fault"] == ""


# --- backwards ---


def named(function):
    function.__name__ = "lstm_step_backward"
    return function


def test_right_gradients_are_marked_right_at_every_step(whole):
    params, x, dh = whole
    cell = living_cell(named(right_backward), params=params, x=x, dh=dh)
    assert len(cell.state["wrong"]) == 7 and not cell.state["fault"]
    assert all(flags == [0.0] for flags in cell.state["wrong"].values())


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (lambda dx, dh, dc, g: (dx, dh, 2 * dc, g), {"dc_prev"}),
        (lambda dx, dh, dc, g: (-dx, dh, dc, g), {"dx"}),
        (lambda dx, dh, dc, g: (dx, dh, dc, g | {"b_g": 0 * g["b_g"]}), {"dzg"}),
        (lambda dx, dh, dc, g: (dx, dc, dh, g), {"dh_prev", "dc_prev"}),
    ],
)
def test_the_wrong_arrows_are_marked_and_no_others(whole, spoil, wrong):
    params, x, dh = whole
    theirs = named(lambda *arguments: spoil(*right_backward(*arguments)))
    state = living_cell(theirs, params=params, x=x, dh=dh).state
    assert {name for name, flags in state["wrong"].items() if any(flags)} == wrong


def test_a_backward_pass_that_raises_or_has_a_wrong_shape_is_quoted(whole):
    params, x, dh = whole
    state = living_cell(named(lambda *a: 1 / 0), params=params, x=x, dh=dh).state
    assert state["fault"] == "ZeroDivisionError: division by zero" and not state["wrong"]
    flat = named(lambda *a: tuple(d[0] if k < 3 else d for k, d in enumerate(right_backward(*a))))
    state = living_cell(flat, params=params, x=x, dh=dh).state
    assert "dx has shape (2,), expected (1, 2)" in state["fault"]


# --- where no kernel runs ---


def test_a_picture_with_alt_text_stands_where_no_widget_can(whole):
    params, x, dh = whole
    for cell in (living_cell(input_gate), living_cell(params=params, x=x, dh=dh)):
        data, _ = cell._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        alt = re.search(r'<img alt="([^"]+)"', data["text/html"])[1]
        assert "The LSTM cell." in alt and re.search(r"[Ss]tep \d+ of \d+", alt)
        assert "Strip below" in data["text/plain"]


def test_the_picture_shows_the_numbers_and_the_wrong_arrows_of_its_moment(whole):
    params, x, dh = whole
    theirs = named(lambda *a: (lambda r: (r[0], r[1], 2 * r[2], r[3]))(right_backward(*a)))
    cell = living_cell(theirs, params=params, x=x, dh=dh)
    picture = cell.static()
    assert "Wrong: dc_prev." in picture.alt and "✘ yours" in picture.svg
    assert 'data-of="c_prev" stroke-dasharray' in picture.svg
    cell.mode = "forward"
    assert "✘" not in cell.static().svg and "stroke-dasharray" not in cell.static().svg
    for step in (0, 4):
        cell.step = step
        number = GATE.search(cell.static().alt)[1]
        assert f">{number}</text>" in cell.static().svg
        assert float(number) == pytest.approx(cell.state["series"]["f"][step], abs=0.006)


def test_its_page_asks_nobody_for_anything_and_holds_every_slider():
    page = living_cell(forget_gate).to_html()
    assert not re.search(r"https?://(?!www\.w3\.org)", page) and "import(" not in page
    data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)[1])
    assert len(data["frames"]) == 1 + 21 * len(data["setup"]["sliders"])
    at_five = data["frames"]["0 b_f 20"]["series"]["f"][0]
    assert at_five == pytest.approx(1 / (1 + np.exp(-5)), abs=1e-3)


def test_text_that_is_read_cannot_end_the_script(whole):
    params, x, _ = whole
    page = living_cell(params=params, x=x, labels=["</script>", "<b>", "&", '"', " "]).to_html()
    assert page.count("</script>") == 2


# --- what is asked for wrongly, and what is older ---


def test_what_makes_no_sense_is_said(whole):
    params, *_ = whole
    with pytest.raises(ValueError, match="needs something to read"):
        living_cell(params=params)
    with pytest.raises(ValueError, match="the cell has no whole"):
        living_cell(test_what_makes_no_sense_is_said.__globals__["whole"])
    with pytest.raises(ValueError, match="by itself is no experiment"):
        living_cell(candidate_state)


def test_a_strip_of_the_learners_own_stands_beside_the_cells(whole):
    params, x, _ = whole
    depth = np.array([0, 1, 2, 1, 0])
    cell = living_cell(params=params, x=x, tracks=[Track("depth", "depth", "share", depth)])
    assert cell.state["tracks"]["forward"][0]["heights"] == [0, 0.5, 1, 0.5, 0]


@pytest.mark.parametrize(
    "module", ["utils.explorer", "utils.pictures.explorer", "utils.pictures.animation"]
)
def test_notebooks_of_earlier_releases_run_on(module):
    earlier = importlib.import_module(module)
    assert "after 10 steps" in earlier.explore_gate(forget_gate, "forget").state["says"][0]
    assert earlier.explore_candidate(candidate_state, input_gate).state["says"]
    step = dict.fromkeys(("x", "h_prev", "c_prev", "f", "i", "g", "o", "c", "h"), 0.25)
    assert "c = 0.25" in earlier.play([step]).alt
