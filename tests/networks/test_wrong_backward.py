"""Unit 11's wrong backward passes: wrong in the way they say, and told apart by training."""

import numpy as np
import pytest

from utils.gradients.error_map import error_map
from utils.gradients.problem import lstm_problem
from utils.networks.lstm import LSTM
from utils.networks.wrong_backward import MISTAKES, backward_pass, crippled
from utils.training.side_by_side import ASK, MARK, SYMBOLS, SideBySide, recall
from utils.training.train import train


def lstm_forward(x, h0, c0, params):
    layer = LSTM.from_params(params, dtype=np.float64)
    h = layer.forward(x, h0, c0)
    before_h, before_c = np.concatenate([h0[None], h[:-1]]), np.concatenate([c0[None], layer.cells])
    caches = [
        {"x": x[t], "h_prev": before_h[t], "c_prev": before_c[t], "c": layer.cells[t]}
        | {gate: layer.gates[gate][t] for gate in "figo"}
        for t in range(len(x))
    ]
    return h, layer.cells, caches


def test_without_a_mistake_the_backward_pass_is_right():
    assert error_map(crippled("none"), lstm_forward, lstm_problem()).right


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("no carry of dc", "carry of dc"),
        ("no carry of dh", "carry of dh"),
        ("no carry at all", "neither dh nor dc is carried"),
        ("= instead of +=", "Only step 0 is in the sums"),
        ("averaged, not added", "Wrong from the last step on"),
        ("dc through i, not f", "carry of dc"),
        ("truncated", "cut every 2 steps"),
    ],
)
def test_the_error_map_finds_each_mistake_and_says_what_it_is(mistake, said):
    found = error_map(crippled(mistake, window=2), lstm_forward, lstm_problem())
    assert not found.right and said in " ".join(found.words)


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="there are none, no carry of dc"):
        backward_pass("no carry of dx", 5)
    with pytest.raises(ValueError, match="window"):
        backward_pass("truncated", 5)


def test_the_task_asks_at_its_end_for_the_marked_symbol():
    x, targets, marked = recall(np.random.default_rng(0), 9, 50, lags=[8, 3])
    for network, at in enumerate((0, 5)):
        assert (x[:, network, :, MARK].argmax(axis=0) == at).all()
        assert (x[at, network, :, :SYMBOLS].argmax(axis=-1) == marked[network]).all()
    assert (targets[-1] == marked).all() and x[-1, ..., ASK].all() and not x[:-1, ..., ASK].any()
    assert (targets[1:-1] == x[:-2, ..., :SYMBOLS].argmax(axis=-1)).all()


def test_the_right_network_has_the_gradients_of_the_fast_lstm():
    T, lag = 7, 4
    both = SideBySide(
        {mistake: backward_pass(mistake, T) for mistake in ("none", "no carry of dc")},
        lag,
        hidden=5,
    )
    x, targets, _ = recall(np.random.default_rng(3), T, 6, both.lags)
    losses, grads, _ = both.gradients(x, targets)
    layer = LSTM.from_params(both.named(both.flat, 0), dtype=np.float64)
    weights = np.full((T, 6), 1 / (T - 1))
    weights[-1] = 1
    loss, true = layer.loss_and_gradients(x[:, 0], targets[:, 0], mask=weights)
    assert losses[:, 0].sum() == pytest.approx(loss, rel=1e-5)
    assert losses[:, 1].sum() == pytest.approx(loss, rel=1e-5)  # forwards they are the same
    right, wrong = both.named(grads, 0), both.named(grads, 1)
    for name, gradient in true.items():
        assert np.allclose(right[name], gradient, atol=1e-5), name
    assert not np.allclose(wrong["U_f"], true["U_f"], atol=1e-3)


def test_all_losses_fall_and_only_the_right_pass_solves_the_task():
    T = 31
    passes = {m: backward_pass(m, T) for m in MISTAKES if m not in ("no carry of dh", "truncated")}
    lab = SideBySide(passes, lags=T - 1, hidden=16, forget_bias=4.0)
    run = train(lab.step, 250, live=False)
    recalled = dict(zip(lab.names, lab.recalled(), strict=True))
    assert recalled.pop("none") > 0.95
    assert max(recalled.values()) < 0.8
    for name in passes:
        assert run[name][60:80].mean() < run[name][0] - 0.05, name


def test_a_cut_before_the_mark_keeps_it_from_being_learned():
    T, lag = 12, 9
    passes = {str(w): backward_pass("truncated", T, w) for w in (5, 10)}
    both = SideBySide(passes, lags=lag, hidden=16, forget_bias=2.0, input_bias=0.0)
    train(both.step, 300, live=False)
    short, enough = both.recalled()
    assert short < 0.6 < 0.95 < enough
