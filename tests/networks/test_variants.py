"""The LSTM's relatives: gradients that central differences confirm, and a task that is fair."""

import numpy as np
import pytest

from utils.training.ablation import KINDS, Variant, latest_marked


@pytest.mark.parametrize("kind", KINDS)
def test_every_variant_is_trained_by_a_right_gradient(kind):
    net = Variant(kind, range(2), 3, 4)
    rng = np.random.default_rng(0)
    net.flat[:] = 0.5 * rng.normal(size=net.flat.shape)
    drawn = [latest_marked(rng, 3, 6) for _ in range(2)]
    batch = [np.stack(arrays, axis=1) for arrays in zip(*drawn, strict=True)]
    batch[2][:] = True  # all steps are asked, so that nothing is hidden
    net.loss_and_gradients(*batch)
    grads = net.grads_flat.copy()
    measured = np.empty_like(grads)
    for index in range(net.flat.shape[1]):
        kept = net.flat[:, index].copy()
        ends = []
        for move in (1e-5, -1e-5):
            net.flat[:, index] = kept + move
            ends.append(net.loss_and_gradients(*batch))
        net.flat[:, index] = kept
        measured[:, index] = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(grads, measured, rtol=0, atol=1e-9)


def test_networks_side_by_side_do_not_touch_each_other():
    together, alone = Variant("LSTM", range(3), 3, 4), Variant("LSTM", range(1, 2), 3, 4)
    for _ in range(3):
        losses, own = together.update(4, 10), alone.update(4, 10)
        assert losses[1] == pytest.approx(own[0], rel=1e-9)
    np.testing.assert_allclose(together.flat[1], alone.flat[0], rtol=0, atol=1e-9)


def test_the_task_asks_for_the_latest_marked_sign():
    x, targets, asked = latest_marked(np.random.default_rng(1), 30, 40)
    for n in range(30):
        latest = 0.0
        for t in range(40):
            if x[t, n, 1]:
                latest = x[t, n, 0]
            assert targets[t, n] == (asked[t, n] and latest > 0)
    assert asked.mean() == pytest.approx(0.2, abs=0.05)
    assert not x[:, :, 1].all() and x[0, :, 1].all()
    assert abs(targets[asked].mean() - 0.5) < 0.2


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no gates at all"):
        Variant("no gates at all", range(1), 3, 4)
