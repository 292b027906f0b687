"""The course's fast LSTM gives PyTorch's values and gradients, and those of the complex step."""

import sys

import numpy as np
import pytest
from conftest import ROOT
from test_torch_numbers import unpacked

from utils.networks.blas import rows_at_once
from utils.networks.lstm import LSTM, NAMES

sys.path.append(str(ROOT / "solutions"))
import lstm as reference

TORCH = ROOT / "tests" / "networks" / "torch_lstm_gradients.npz"
TIGHT = {np.float32: 3e-5, np.float64: 1e-12}


def complex_step_gradients(params, x, targets, h0, c0, mask=None):
    """The loss and its gradient for every weight, the states and the inputs: no backward pass."""

    def loss(at):
        h, _, _ = reference.forward(at["x"], at["h0"], at["c0"], at)
        logits = h @ at["V"] + at["b_y"]
        z = logits - logits.real.max(axis=-1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        terms = -np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
        return (terms if mask is None else terms * mask).sum() / targets.shape[1]

    at = {**params, "x": x, "h0": h0, "c0": c0}
    return loss(at), reference.complex_step(loss, at)


def setting(T, N, ids, seed=0, D=4, H=3, K=5):
    rng = np.random.default_rng(seed)
    x = rng.integers(D, size=(T, N)) if ids else rng.normal(size=(T, N, D))
    states = rng.normal(size=(N, H)), rng.normal(size=(N, H))
    return (
        reference.random_params(rng, D, H, K),
        x,
        rng.integers(K, size=(T, N)),
        *states,
        rng.uniform(size=(T, N)) * (rng.uniform(size=(T, N)) < 0.7),
    )


def one_hot(x, D):
    return np.eye(D)[x] if x.ndim == 2 else x


@pytest.fixture(params=[(0, 0), (1, 0), (2, 0), (4, 0), (4, 1), (4, 2), (0, 4)])
def split(request, monkeypatch):
    """How many rows at once are multiplied, whatever this processor likes (0: no splitting).

    First with one gate's W, then, on the way back, with those of all gates.
    """
    by_gate, by_all = request.param
    monkeypatch.setattr(
        "utils.networks.lstm_memory.rows_at_once",
        lambda N, H, dtype, gates=1: by_gate if gates == 1 else by_all,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ids", [False, True])
def test_products_made_of_small_ones_give_the_same(split, ids, dtype):
    params, x, targets, h0, c0, mask = setting(6, 4, ids)
    layer = LSTM.from_params(params, dtype)
    loss, grads = layer.loss_and_gradients(x, targets, h0, c0, mask)
    right, measured = complex_step_gradients(params, one_hot(x, 4), targets, h0, c0, mask)
    assert loss == pytest.approx(right.real, rel=TIGHT[dtype])
    for name, array in grads.items():
        assert np.abs(array - measured[name]).max() <= TIGHT[dtype] * np.abs(measured[name]).max()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("T", [1, 3, 9])  # fewer and more tokens than D
def test_one_sequence_alone_has_the_complex_step_s_gradients(T, ids, dtype):
    params, x, targets, h0, c0, mask = setting(T, 1, ids)
    layer = LSTM.from_params(params, dtype)
    loss, grads = layer.loss_and_gradients(x, targets, h0, c0, mask)
    right, measured = complex_step_gradients(params, one_hot(x, 4), targets, h0, c0, mask)
    assert loss == pytest.approx(right.real, rel=TIGHT[dtype])
    for name, array in {**grads, "h0": layer.dh0, "c0": layer.dc0, "x": layer.dx}.items():
        assert np.abs(array - measured[name]).max() <= TIGHT[dtype] * np.abs(measured[name]).max()


@pytest.mark.parametrize("kernel", ["", "Haswell", "Zen", "SkylakeX", "SapphireRapids"])
def test_products_are_split_only_where_the_processor_has_kernels_for_small_ones(
    kernel, monkeypatch
):
    monkeypatch.setattr("utils.networks.blas.kernel", lambda: kernel)
    single, double = np.dtype(np.float32), np.dtype(np.float64)
    small = kernel in ("SkylakeX", "SapphireRapids")
    assert rows_at_once(32, 128, single) == rows_at_once(32, 128, double) == 32 * small
    assert rows_at_once(32, 128, single, gates=4) == 8 * small
    assert rows_at_once(64, 256, single) == 8 * small
    assert rows_at_once(64, 256, single, gates=4) == 0  # two rows at most
    assert rows_at_once(64, 256, double) == rows_at_once(1, 100, single) == 0
    assert rows_at_once(61, 256, single) == 0  # a prime: single rows would be slower
    assert rows_at_once(2, 250, single) == 0  # as many multiplications as are small anyway
    assert rows_at_once(3, 300, single) == 3 * small


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize(("T", "N"), [(1, 1), (1, 3), (6, 1), (5, 2), (9, 7)])
def test_every_gradient_is_that_of_the_complex_step(T, N, ids, masked, dtype):
    params, x, targets, h0, c0, mask = setting(T, N, ids)
    mask = mask if masked else None
    layer = LSTM.from_params(params, dtype)
    loss, grads = layer.loss_and_gradients(x, targets, h0, c0, mask)
    right, measured = complex_step_gradients(params, one_hot(x, 4), targets, h0, c0, mask)
    assert loss == pytest.approx(right, rel=TIGHT[dtype])
    assert list(grads) == [*NAMES, "V", "b_y"]
    ours = {**grads, "h0": layer.dh0, "c0": layer.dc0, "x": layer.dx}
    for name, gradient in measured.items():
        assert ours[name].dtype == dtype
        scale = np.abs(gradient).max() + 1e-3
        np.testing.assert_allclose(ours[name], gradient, rtol=0, atol=TIGHT[dtype] * scale)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_gradients_are_those_of_torch(dtype):
    stored = np.load(TORCH)
    layer = LSTM.from_params(unpacked(stored), dtype)
    h = layer.forward(stored["x"], stored["h0"], stored["c0"])
    close = {"rtol": 0, "atol": TIGHT[dtype]}
    np.testing.assert_allclose(h, stored["h"], **close)
    np.testing.assert_allclose(layer.last[0], stored["h"][-1], **close)
    np.testing.assert_allclose(layer.last[1], stored["c_last"], **close)

    grads = layer.backward(stored["dh"], stored["dh_last"], stored["dc_last"])
    theirs = {"weight_ih": "U", "weight_hh": "W"}
    for name, letter in theirs.items():
        ours = np.concatenate([grads[f"{letter}_{gate}"].T for gate in "ifgo"])
        right = stored[f"grad_{name}"]
        np.testing.assert_allclose(ours, right, rtol=0, atol=TIGHT[dtype] * np.abs(right).max())
    ours = np.concatenate([grads[f"b_{gate}"] for gate in "ifgo"])
    for bias in ("bias_ih", "bias_hh"):  # each of PyTorch's two biases has the gradient of the sum
        np.testing.assert_allclose(ours, stored[f"grad_{bias}"], rtol=0, atol=20 * TIGHT[dtype])
    for name in ("h0", "c0", "x"):
        ours = getattr(layer, f"d{name}")
        np.testing.assert_allclose(ours, stored[f"grad_{name}"], rtol=0, atol=10 * TIGHT[dtype])


def test_token_ids_are_one_hot_inputs():
    """Both ways in which the gradient of U is summed: few tokens, and many."""
    for T, N in ((3, 2), (40, 5)):
        params, x, _, h0, c0, _ = setting(T, N, ids=True)
        by_id, by_row = (LSTM.from_params(params, np.float64) for _ in range(2))
        h = by_id.forward(x, h0, c0)
        np.testing.assert_allclose(h, by_row.forward(one_hot(x, 4), h0, c0), rtol=0, atol=1e-14)
        dh = np.random.default_rng(1).normal(size=h.shape)
        ours, theirs = by_id.backward(dh), by_row.backward(dh)
        for name in NAMES:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-12)


def test_long_sequences_cross_the_chunks_of_the_way_back(monkeypatch):
    params, x, targets, h0, c0, _ = setting(23, 2, ids=False)
    _, whole = LSTM.from_params(params, np.float64).loss_and_gradients(x, targets, h0, c0)
    monkeypatch.setattr(
        "utils.networks.lstm_memory.CACHED", 5 * 2 * 3
    )  # five steps of N H at a time
    _, chunked = LSTM.from_params(params, np.float64).loss_and_gradients(x, targets, h0, c0)
    for name, gradient in whole.items():
        np.testing.assert_allclose(chunked[name], gradient, rtol=0, atol=1e-13)


def test_carried_states_leave_no_seam_and_calls_of_other_shapes_no_trace():
    params, x, targets, h0, c0, _ = setting(12, 3, ids=True)
    layer = LSTM.from_params(params, np.float64)
    whole = layer.forward(x, h0, c0).copy()
    cells = layer.cells.copy()
    first = layer.forward(x[:5], h0, c0).copy()
    second = layer.forward(x[5:], *layer.last)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
    np.testing.assert_array_equal(layer.cells, cells[5:])

    loss, grads = layer.loss_and_gradients(x, targets, h0, c0)
    kept = {name: gradient.copy() for name, gradient in grads.items()}
    for T, N in [(1, 1), (7, 2), *((k, 2) for k in range(1, 12))]:  # more shapes than are kept
        layer.loss_and_gradients(x[:T, :N], targets[:T, :N], h0[:N], c0[:N])
    again, grads = layer.loss_and_gradients(x, targets, h0, c0)
    assert again == loss
    for name, gradient in kept.items():
        np.testing.assert_array_equal(grads[name], gradient)


def test_what_the_caller_passes_is_never_changed():
    params, x, targets, h0, c0, mask = setting(4, 2, ids=False)
    before = [a.copy() for a in (x, targets, h0, c0, mask, *params.values())]
    layer = LSTM.from_params(params, np.float64)
    layer.loss_and_gradients(x, targets, h0, c0, mask)
    layer.flat += 1
    dh = np.ones((4, 2, 3))
    layer.backward(dh, h0, c0)
    assert (dh == 1).all()
    for old, new in zip(before, (x, targets, h0, c0, mask, *params.values()), strict=True):
        np.testing.assert_array_equal(old, new)


def test_it_starts_as_unit_08_does():
    layer = LSTM(5, 4, 6, rng=np.random.default_rng(3), forget_bias=2.0, dtype=np.float64)
    rng = np.random.default_rng(3)
    for gate in "figo":
        np.testing.assert_array_equal(
            layer.params[f"U_{gate}"], rng.normal(size=(5, 4)) / np.sqrt(5)
        )
        np.testing.assert_array_equal(layer.params[f"W_{gate}"], rng.normal(size=(4, 4)) / 2)
        assert (layer.params[f"b_{gate}"] == (2 if gate == "f" else 0)).all()
    np.testing.assert_array_equal(layer.params["V"], rng.normal(size=(4, 6)) / 2)
    assert not layer.params["b_y"].any()


def test_start_of_the_input_gate_and_scale_of_the_inputs():
    layer = LSTM(50, 40, rng=np.random.default_rng(0), input_bias=-1.0, input_scale=3.0)
    assert (layer.params["b_i"] == -1).all()
    assert 2.8 < layer.params["U_o"].std() < 3.2
    assert list(layer.params) == list(NAMES)


def test_all_weights_and_gradients_are_views_of_one_array():
    params, x, targets, h0, c0, _ = setting(4, 2, ids=True)
    layer = LSTM.from_params(params, np.float64)
    assert layer.flat.size == sum(array.size for array in params.values())
    loss, grads = layer.loss_and_gradients(x, targets, h0, c0)
    square = sum(float((gradient**2).sum()) for gradient in grads.values())
    assert float(layer.flat_grads @ layer.flat_grads) == pytest.approx(square)
    layer.flat -= 1e-3 * layer.flat_grads
    lower, _ = layer.loss_and_gradients(x, targets, h0, c0)
    assert loss - lower == pytest.approx(1e-3 * square, rel=0.1)
    for array in (*layer.params.values(), *layer.grads.values()):
        assert np.shares_memory(array, layer.flat) or np.shares_memory(array, layer.flat_grads)


def test_gates_and_cells_are_there_for_pictures():
    params, x, _, h0, c0, _ = setting(6, 2, ids=False)
    layer = LSTM.from_params(params, np.float64)
    layer.forward(x, h0, c0)
    _, cells, caches = reference.forward(x, h0, c0, params)
    np.testing.assert_allclose(layer.cells, cells, rtol=0, atol=1e-14)
    for gate in "figo":
        right = [cache[gate] for cache in caches]
        np.testing.assert_allclose(layer.gates[gate], right, rtol=0, atol=1e-14)


def test_large_weights_give_no_warning_and_no_nan():
    layer = LSTM.from_params({n: 1e4 * a for n, a in setting(3, 2, True)[0].items()}, np.float32)
    loss, grads = layer.loss_and_gradients(*setting(3, 2, True)[1:3])
    assert np.isfinite(loss)
    assert all(np.isfinite(gradient).all() for gradient in grads.values())


def test_what_cannot_be_is_refused_with_a_reason():
    params, x, _, _, _, _ = setting(4, 2, ids=True)
    layer = LSTM.from_params(params)
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(np.zeros((4, 2, 3)))
    for wrong in (x - 1, x + 4):
        with pytest.raises(ValueError, match=r"0 … 3"):
            layer.forward(wrong)
    for wrong in (np.zeros((4, 2)), np.zeros((4, 2, 5)), np.zeros(4, int)):
        with pytest.raises(ValueError, match=r"\(T, N, 4\)"):
            layer.forward(wrong)
    layer.forward(x)
    with pytest.raises(ValueError, match="dh has shape"):
        layer.backward(np.zeros((3, 2, 3)))
    with pytest.raises(ValueError, match="float32 or float64"):
        LSTM(2, 3, rng=np.random.default_rng(0), dtype=np.int64)
    with pytest.raises(ValueError, match="W_f has shape"):
        LSTM.from_params({**params, "W_f": np.zeros((2, 2))})
