"""The plain RNN of unit 01 learns by a right gradient, and its task cannot be guessed."""

import numpy as np

from utils.networks.rnn import (
    RNN,
    accuracy_after_training,
    loss_and_gradients,
    remember_first,
    start,
)


def test_its_gradients_agree_with_central_differences():
    rng = np.random.default_rng(0)
    x, targets = remember_first(rng, 5, 4)
    weights = start(rng, 3)
    _, grads, _ = loss_and_gradients(weights, x, targets)
    for name, array in weights.items():
        measured = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            ends = []
            for move in (1e-5, -1e-5):
                moved = array.copy()
                moved[index] += move
                ends.append(loss_and_gradients(weights | {name: moved}, x, targets)[0])
            measured[index] = (ends[0] - ends[1]) / 2e-5
        apart = np.linalg.norm(measured - grads[name])
        assert apart < 1e-7 * (np.linalg.norm(measured) + np.linalg.norm(grads[name]))


def test_only_the_first_input_tells_the_class():
    x, targets = remember_first(np.random.default_rng(1), 8, 200)
    assert (x[0, :, :2].argmax(axis=1) == targets).all()
    assert not x[1:, :, :2].any()
    assert 60 < targets.sum() < 140


def test_a_short_lag_is_learned_and_a_long_one_is_not():
    assert accuracy_after_training(lag=3, seed=0) > 0.95
    assert accuracy_after_training(lag=100, seed=0, updates=150) < 0.65


def test_the_model_s_loss_has_the_gradient_it_says():
    rng = np.random.default_rng(3)
    model = RNN(4, 3, 4, rng=rng, dtype=np.float64)
    ids, mask = rng.integers(4, size=(6, 2)), rng.random((5, 2)) < 0.7
    loss = lambda: model.loss_and_gradients(ids[:-1], ids[1:], mask)[0]  # noqa: E731
    loss()
    mine, measured = model.flat_grads.copy(), np.empty_like(model.flat)
    for k in range(len(measured)):
        ends = []
        for step in (1e-6, -2e-6):
            model.flat[k] += step
            ends.append(loss())
        model.flat[k] += 1e-6
        measured[k] = (ends[0] - ends[1]) / 2e-6
    assert np.allclose(mine, measured, rtol=1e-6, atol=1e-9)
