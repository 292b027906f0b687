"""The layers of unit 21: their gradients, and that they are what the unit's steps compute."""

import numpy as np
import pytest

from utils.gradients.numerical import complex_step_gradient
from utils.networks.after_lstm import KINDS, Stack, scan


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_every_gradient_is_that_of_the_complex_step(kind, layers):
    rng = np.random.default_rng(3)
    T, N, D, H = 6, 3, 4, 5
    net = Stack(kind, D, H, 2, rng=rng, layers=layers, dtype=np.float64)
    net.flat[:] = rng.normal(size=net.flat.size)
    x, dh = rng.normal(size=(T, N, D)), rng.normal(size=(T, N, H))
    own = {name: a for name, a in net.params.items() if name not in ("V", "b_y")}

    def loss(at):
        h = at["x"]
        for k in range(layers):
            h, _ = net.layer.forward(net._own(k, at), h)
        return (dh * h).sum()

    true = complex_step_gradient(loss, own | {"x": x})
    net.forward(x)
    grads = net.backward(dh)
    for name in own:
        np.testing.assert_allclose(grads[name], true[name], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(net.dx, true["x"], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("T", [1, 2, 7, 8, 100])
def test_a_scan_gives_what_its_loop_gives(T):
    rng = np.random.default_rng(T)
    a, b = rng.uniform(0, 1, size=(T, 3)), rng.normal(size=(T, 3))
    a[::3] = 0.0
    s, all_s = np.zeros(3), []
    for a_t, b_t in zip(a, b, strict=True):
        s = a_t * s + b_t
        all_s.append(s)
    np.testing.assert_allclose(scan(a, b), all_s, rtol=1e-12)


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="none of"):
        Stack("GRU", 2, 2, 2, rng=np.random.default_rng(0))
