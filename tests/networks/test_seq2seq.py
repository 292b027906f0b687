"""The encoder-decoder of unit 20: its gradients, its masks, and what running free computes."""

import numpy as np
import pytest

from utils.gradient_check import check_gradients
from utils.networks.attention import attend, attend_backward
from utils.networks.seq2seq import EncoderDecoder, forced


@pytest.fixture
def rng():
    return np.random.default_rng(20)


@pytest.fixture(params=[True, False], ids=["with attention", "without"])
def net(request, rng):
    return EncoderDecoder(5, 6, 4, rng=rng, attention=request.param, dtype=np.float64)


@pytest.fixture
def batch(rng):
    mask = np.arange(7)[:, None] >= np.array([0, 2, 4])
    return rng.integers(5, size=(7, 3)), mask, rng.integers(1, 6, size=(4, 3))


def test_every_gradient_is_what_is_measured(net, batch):
    def loss(weights):
        for name, array in net.parameters().items():
            array[:] = weights[name]
        return net.loss_and_gradients(*batch)

    weights = {name: array.copy() for name, array in net.parameters().items()}
    loss(weights)
    grads = {name: array.copy() for name, array in net.gradients().items()}
    assert check_gradients(loss, weights, grads, route="central").passed


def test_attention_backwards_is_right_to_rounding(rng):
    args = {"query": rng.normal(size=(3, 4)), "keys": rng.normal(size=(5, 3, 4)),
            "values": rng.normal(size=(5, 3, 4))}  # fmt: skip
    mask = np.arange(5)[:, None] < np.array([5, 3, 1])
    _, weights = attend(**args, mask=mask)
    up = rng.normal(size=(3, 4))
    grads = attend_backward(up, args | {"mask": mask, "weights": weights})
    named = dict(zip(args, grads, strict=True))
    report = check_gradients(lambda a: (up * attend(**a, mask=mask)[0]).sum(), args, named)
    assert report.passed
    assert (weights[~mask] == 0).all() and (grads[1][~mask] == 0).all()


def test_running_free_on_the_right_ids_is_being_led(net, batch):
    source, mask, _ = batch
    ids, told = net.freely(source, mask, 4)
    led = net.write(forced(ids), net.read(source, mask))
    assert np.allclose(told["logits"], led["logits"])


def test_a_search_step_gives_the_same_probabilities(net, batch):
    source, mask, _ = batch
    ids, told = net.freely(source[:, :1], mask[:, :1], 4)
    state, last = net.read(source[:, :1], mask[:, :1]), 0
    for t, k in enumerate(ids[:, 0]):
        log_p, state = net.step(state, last)
        assert np.isclose(np.exp(log_p).sum(), 1)
        assert np.allclose(log_p - log_p[0], told["logits"][t, 0] - told["logits"][t, 0, 0])
        last = int(k)


def test_what_is_masked_changes_only_what_the_encoder_hands_over(rng):
    net = EncoderDecoder(5, 6, 4, rng=rng, dtype=np.float64)
    source = rng.integers(5, size=(7, 1))
    mask = np.arange(7)[:, None] >= 3
    known = net.read(source, mask)
    changed = {**known, "h": np.where(mask[:, :, None], known["h"], 99.0)}
    inputs = np.array([[0], [1]])
    assert np.array_equal(net.write(inputs, known)["logits"], net.write(inputs, changed)["logits"])
