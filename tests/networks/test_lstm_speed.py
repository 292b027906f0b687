"""What benchmarks/lstm_speed.py times computes the same thing in every version."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))
import lstm_contenders as contenders
import lstm_speed
import lstm_tricks

T, N, D, H = 7, 3, 5, 4  # no more than PER_SAMPLE sequences, so that nobody leaves one out


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(0)
    return D, H, np.float64, rng.integers(D, size=(T, N)), rng.normal(size=(T, N, H))


@pytest.fixture(scope="module")
def right(given):
    return contenders.packed(contenders.textbook(*given)())


@pytest.mark.parametrize("name", ["loop over time", "CS231n style", "loop per sample"])
def test_versions_from_the_web_give_the_textbook_s_gradients(name, given, right):
    np.testing.assert_allclose(contenders.CONTENDERS[name](*given)(), right, rtol=0, atol=1e-12)


def test_ours_gives_the_textbook_s_gradients(given, right):
    flat = contenders.ours(*given)().reshape(D + 1 + H, 4, H)
    ours = flat[:, [1, 2, 3, 0]].reshape(D + 1 + H, 4 * H)  # g, f, i, o in utils.networks.lstm
    np.testing.assert_allclose(ours, right, rtol=0, atol=1e-12)


@pytest.mark.parametrize("library", contenders.PEERS)
def test_other_libraries_give_them_where_they_are_installed(library, given, right, monkeypatch):
    pytest.importorskip(library)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made, pack = contenders.PEERS[library]
    gradients = pack(next(iter(made.values()))(*given)())
    np.testing.assert_allclose(gradients, right, rtol=0, atol=1e-12)
    assert contenders.distance(D, H, gradients, contenders.ours(*given)()) < 1e-12


def test_no_figures_while_a_variable_of_the_environment_picks_the_kernel():
    command = [sys.executable, ROOT / "benchmarks/lstm_speed.py"]
    chosen = os.environ | {"OPENBLAS_CORETYPE": "Haswell"}
    done = subprocess.run(command, env=chosen, capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    assert "OPENBLAS_CORETYPE" in done.stderr and "--as-set" in done.stderr


@pytest.mark.parametrize("level", range(1, 1 + len(lstm_tricks.RUNGS)))
def test_every_rung_of_the_ladder_gives_them_twice(level, given, right):
    run = lstm_tricks.rung(level, *given)
    for _ in range(2):
        np.testing.assert_allclose(run(), right, rtol=0, atol=1e-12)


def test_a_round_in_which_somebody_waited_is_rejected_and_said():
    calm = lstm_speed.Rounds({"ours": lambda _: (1.0, 1.0), "torch": lambda _: (2.0, 1.9)}, 7)
    assert calm.ratio("torch") == 2.0 and str(calm) == "7 rounds, 0 rejected"
    busy = lstm_speed.Rounds({"ours": lambda _: (1.0, 1.0), "torch": lambda _: (9.0, 2.0)}, 7)
    assert busy.ratio("torch") == 2.0 and "too busy" in str(busy)  # CPU time, not wall time
