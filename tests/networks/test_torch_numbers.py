"""The course's LSTM gives PyTorch's numbers; where PyTorch is installed, they are made anew."""

import sys

import numpy as np
import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "solutions"))
import lstm

CELL = ROOT / "solutions" / "06_hidden_state" / "torch_lstm_cell.npz"
LAYER = ROOT / "solutions" / "08_forward_propagation" / "torch_lstm.npz"


def unpacked(stored):
    """PyTorch's packed weights (i, f, g, o, transposed, two biases) by the course's names."""
    hidden = stored["weight_hh"].shape[1]
    params = {}
    for k, gate in enumerate("ifgo"):
        block = slice(k * hidden, (k + 1) * hidden)
        params[f"U_{gate}"] = stored["weight_ih"][block].T
        params[f"W_{gate}"] = stored["weight_hh"][block].T
        params[f"b_{gate}"] = stored["bias_ih"][block] + stored["bias_hh"][block]
    return params


def test_one_step_is_the_same():
    stored = np.load(CELL)
    h, c, _ = lstm.step(stored["x"], stored["h_prev"], stored["c_prev"], unpacked(stored))
    np.testing.assert_allclose(h, stored["h"], rtol=0, atol=1e-14)
    np.testing.assert_allclose(c, stored["c"], rtol=0, atol=1e-14)


def test_a_sequence_is_the_same():
    stored = np.load(LAYER)
    h, c, _ = lstm.forward(stored["x"], stored["h0"], stored["c0"], unpacked(stored))
    np.testing.assert_allclose(h, stored["h"], rtol=0, atol=1e-14)
    np.testing.assert_allclose(c[-1], stored["c_last"], rtol=0, atol=1e-14)


def test_the_stored_numbers_are_those_of_torch():
    pytest.importorskip("torch")
    from make_torch_numbers import numbers

    for file, content in numbers().items():
        stored = np.load(ROOT / file)
        for name, array in content.items():
            np.testing.assert_allclose(stored[name], array, rtol=0, atol=1e-14)
