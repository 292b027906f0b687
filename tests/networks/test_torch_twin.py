"""What unit 17 compares with: the stored numbers of PyTorch, and PyTorch itself where it is."""

import json

import numpy as np
import pytest
from conftest import ROOT

from autograder.authoring.mutants import solutions
from utils.learner.stand_ins.pytorch import from_torch, to_torch
from utils.networks import pytorch
from utils.networks.lstm import LSTM
from utils.networks.speed import contenders, in_turn
from utils.training import twin

stored = np.load(ROOT / "solutions" / "17_pytorch" / "torch_twin.npz")
trained = {k.removeprefix("trained "): stored[k] for k in stored.files if k.startswith("trained ")}


def test_pytorch_computed_what_the_course_computes():
    x, targets, letters = twin.windows()
    net = LSTM.from_params(trained, np.float64)
    loss, grads = net.loss_and_gradients(x[0, :, :4], targets[0, :, :4])
    assert len(letters) == trained["V"].shape[1] == 27
    assert loss == pytest.approx(float(stored["loss"]), rel=1e-12)
    np.testing.assert_allclose(net.forward(x[0, :, :4]), stored["h"], rtol=0, atol=1e-13)
    np.testing.assert_allclose(net.cells[-1], stored["c_last"], rtol=0, atol=1e-12)
    for name, array in to_torch(grads).items():
        if name != "bias_hh_l0":
            np.testing.assert_allclose(array, stored[f"gradient of {name}"], rtol=0, atol=1e-12)


def test_the_run_is_pytorchs_with_one_bias_and_not_with_two():
    functions = solutions(ROOT)
    x, _, letters = twin.windows()
    start = functions["init_params"](np.random.default_rng(17), len(letters), twin.H, len(letters))
    own = twin.fit(LSTM.from_params(start, np.float64), functions["adam_update"], 20)
    one, both = (stored[f"losses of PyTorch, {k} trained"] for k in ("one bias", "both biases"))
    np.testing.assert_allclose(own, one[:20], rtol=1e-12)
    assert (
        own[0] == pytest.approx(both[0], rel=1e-12)
        and np.abs(both[1:20] / own[1:] - 1).min() > 1e-5
    )
    assert x.shape[1:] == (twin.T, twin.N)


def test_the_layouts_name_what_each_argument_adds():
    layouts = json.loads(str(stored["layouts"]))
    assert layouts["nn.LSTM(27, 32)"] == {k: list(a.shape) for k, a in to_torch(trained).items()}
    assert layouts["nn.LSTM(27, 32, proj_size=8)"]["weight_hr_l0"] == [8, 32]


def test_weights_go_there_and_back():
    for name, array in from_torch(to_torch(trained)).items():
        np.testing.assert_array_equal(array, trained[name])


def test_pytorch_is_not_asked_for_while_a_submission_is_graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert pytorch.installed() is None


def test_every_contender_has_its_turn():
    params = {name: array for name, array in trained.items() if name not in ("V", "b_y")}
    functions = type("functions", (), {k: staticmethod(f) for k, f in solutions(ROOT).items()})
    made = contenders(functions, params, to_torch(params), 3, 2, np.random.default_rng(0))
    seconds = in_turn({name: runs[1] for name, runs in made.items()}, 1)
    assert len(seconds) >= 3 and all(value > 0 for value in seconds.values())


def test_live_it_gives_the_stored_numbers():
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    x, targets, letters = twin.windows()
    one_hot, zero = np.eye(len(letters))[x], np.zeros((4, twin.H))
    h, c = pytorch.states(to_torch(trained), one_hot[0, :, :4], zero, zero)
    np.testing.assert_allclose(h, stored["h"], rtol=0, atol=1e-13)
    np.testing.assert_allclose(c, stored["c_last"], rtol=0, atol=1e-12)
    start = solutions(ROOT)["init_params"](np.random.default_rng(17), 27, twin.H, 27)
    for both, name in ((False, "one bias"), (True, "both biases")):
        losses, _ = pytorch.trained(to_torch(start), start["V"], start["b_y"], one_hot, targets, 5,
                                    twin.LR, both_biases=both)  # fmt: skip
        wanted = stored[f"losses of PyTorch, {name} trained"][:5]
        np.testing.assert_allclose(losses, wanted, rtol=1e-12)
