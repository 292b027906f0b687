"""The training loop: what it shows, that an interrupt loses nothing, that a run can go on."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from utils.training import checkpoint
from utils.training.checkpoint import CheckpointError
from utils.training.train import Adam, Run, budget, clip, falling, train


def problem(seed=0):
    """A noisy bowl: state and a step that walks down it."""
    rng = np.random.default_rng(seed)
    weights = np.full(5, 3.0)
    adam = Adam(weights, lr=0.1)
    state = {"weights": weights, "adam": adam.state, "rng": rng}

    def step(update):
        adam.update(weights + 0.1 * state["rng"].normal(size=5))
        return {"loss": float(weights @ weights)}

    return state, step


def test_a_run_keeps_every_number_and_says_how_it_ended(capsys):
    _, step = problem()
    run = train(step, 40, name="bowl")
    assert run.ended == "done" and run.updates == 40 and run["loss"].shape == (40,)
    assert run["loss"][-1] < run["loss"][0]
    said = capsys.readouterr()
    assert said.err == "" and said.out.startswith("bowl: done after 40 updates")


def test_a_number_that_comes_now_and_then_is_nan_in_between():
    run = train(lambda n: {"loss": 1.0} | ({"wrong": n} if n % 3 == 0 else {}), 7, live=False)
    assert np.array_equal(run["wrong"], [np.nan, np.nan, 3, np.nan, np.nan, 6, np.nan], True)


def test_it_stops_where_the_goal_is_reached(capsys):
    run = train(lambda n: {"loss": 1 / n}, 100, until=lambda numbers: numbers["loss"] <= 0.1)
    assert (run.ended, run.updates) == ("reached", 10)
    assert "goal reached after 10 updates" in capsys.readouterr().out


def test_an_interrupt_ends_after_the_update_at_hand_and_nothing_is_lost(tmp_path, capsys):
    state, step = problem()

    def interrupted(update):
        if update == 7:
            os.kill(os.getpid(), signal.SIGINT)  # in the middle of an update
        return step(update)

    file = tmp_path / "bowl.npz"
    run = train(interrupted, 20, state=state, save_to=file)
    assert (run.ended, run.updates, len(run["loss"])) == ("interrupted", 7, 7)
    said = capsys.readouterr().out
    assert "What was learned is kept; 13 updates were not made" in said
    assert "bowl.npz: run the cell with resume=True" in said
    with pytest.raises(KeyboardInterrupt):  # the kernel's own handler is back
        os.kill(os.getpid(), signal.SIGINT)

    never, whole_step = problem()
    whole = train(whole_step, 20, live=False)
    fresh, fresh_step = problem(seed=99)  # everything that counts comes from the file
    rest = train(fresh_step, 20, state=fresh, save_to=file, resume=True, live=False)
    assert rest.updates == 20 and np.array_equal(rest["loss"], whole["loss"])
    assert np.array_equal(fresh["weights"], never["weights"])


def test_a_second_interrupt_ends_an_update_that_never_ends(tmp_path):
    state, step = problem()

    def stuck(update):
        if update == 3:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("the second interrupt did not come through")
        return step(update)

    file = tmp_path / "bowl.npz"
    run = train(stuck, 9, state=state, save_to=file, live=False)
    assert (run.ended, run.updates) == ("interrupted", 2)
    assert not file.exists()  # half an update is nothing to go on from


def test_a_mistake_in_the_step_is_the_learners_to_see():
    with pytest.raises(ZeroDivisionError):
        train(lambda update: {"loss": 1 / 0}, 5, live=False)


def test_resume_without_a_file_starts_anew(tmp_path, capsys):
    state, step = problem()
    train(step, 3, state=state, save_to=tmp_path / "new.npz", resume=True, live=False)
    assert "There is no new.npz yet" in capsys.readouterr().out


def test_a_state_comes_back_with_its_views_kinds_and_generator(tmp_path):
    rng = np.random.default_rng(1)
    flat = np.arange(6.0, dtype=np.float32)
    state = {"flat": flat, "view": {"U": flat[:4].reshape(2, 2)}, "t": 3, "rng": rng, "empty": {}}
    checkpoint.save(tmp_path / "s.npz", state)
    expected = rng.normal(size=3)
    flat[:] = 0
    state["t"] = 0
    checkpoint.load(tmp_path / "s.npz", state)
    assert state["view"]["U"].base is flat and flat.tolist() == [0, 1, 2, 3, 4, 5]
    assert state["t"] == 3 and type(state["t"]) is int and state["empty"] == {}
    assert np.array_equal(rng.normal(size=3), expected)
    bare = {}
    checkpoint.load(tmp_path / "s.npz", bare)
    assert bare["view"]["U"].tolist() == [[0, 1], [2, 3]] and bare["flat"].dtype == np.float32


@pytest.mark.parametrize("data", [b"", b"no checkpoint", b"PK\x03\x04 cut short"])
def test_a_broken_file_is_named_and_changes_nothing(tmp_path, data):
    (tmp_path / "s.npz").write_bytes(data)
    state = {"w": np.ones(2)}
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        checkpoint.load(tmp_path / "s.npz", state)
    assert state["w"].tolist() == [1, 1]


def test_no_code_is_read_from_a_checkpoint(tmp_path):
    np.savez(tmp_path / "s.npz", **{"a:w": np.array([print], dtype=object)})
    with pytest.raises(CheckpointError):
        checkpoint.load(tmp_path / "s.npz", {})


def test_a_checkpoint_of_another_model_is_refused_whole(tmp_path):
    checkpoint.save(tmp_path / "s.npz", {"a": np.ones(3), "b": np.ones(4)})
    state = {"a": np.zeros(3), "b": np.zeros(5)}
    with pytest.raises(CheckpointError, match=r"its b has the shape \(4,\), here it is \(5,\)"):
        checkpoint.load(tmp_path / "s.npz", state)
    assert state["a"].tolist() == [0, 0, 0]


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path):
    checkpoint.save(tmp_path / "s.npz", {"a": np.ones(3)})
    with pytest.raises(TypeError, match="'b', a str"):
        checkpoint.save(tmp_path / "s.npz", {"a": np.zeros(3), "b": "text"})
    state = {}
    checkpoint.load(tmp_path / "s.npz", state)
    assert state["a"].tolist() == [1, 1, 1] and len(list(tmp_path.iterdir())) == 1


def test_adam_gives_the_papers_numbers():
    """Algorithm 1 of Kingma and Ba (2015), written out in full."""
    rng = np.random.default_rng(0)
    flat = rng.normal(size=7)
    theta, m, v = flat.copy(), np.zeros(7), np.zeros(7)
    adam = Adam(flat, lr=0.01)
    for t in range(1, 30):
        g = rng.normal(size=7) * 10.0 ** rng.integers(-6, 3, size=7)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        adam.update(g)
        np.testing.assert_allclose(flat, theta, rtol=1e-9)


def test_the_rate_is_constant_for_half_of_the_run_and_then_falls_to_nothing():
    rates = [falling(0.1, update, 100) for update in range(1, 101)]
    assert rates[:51] == [0.1] * 51 and rates[75] == pytest.approx(0.05)
    assert all(a > b > 0 for a, b in itertools.pairwise(rates[50:]))


def test_clip_scales_only_what_is_too_long():
    grad = np.array([3.0, 4.0])
    assert clip(grad, 10.0) == 5.0 and grad.tolist() == [3, 4]
    assert clip(grad, 1.0) == 5.0
    np.testing.assert_allclose(grad, [0.6, 0.8])


def test_the_budget_is_that_of_the_environment_and_says_so(monkeypatch, capsys):
    monkeypatch.setenv("LSTM_COURSE_BUDGET", "short")
    assert budget(1500, 20) == 20
    assert capsys.readouterr().out == "Budget: short, 20 of 1,500 updates\n"
    monkeypatch.delenv("LSTM_COURSE_BUDGET")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert budget(1500, 20) == 20
    monkeypatch.delenv("NBGRADER_EXECUTION")
    capsys.readouterr()
    assert budget(1500, 20) == 1500
    assert capsys.readouterr().out == "Budget: full, 1,500 updates\n"
    monkeypatch.setenv("LSTM_COURSE_BUDGET", "shrot")
    with pytest.raises(ValueError, match="shrot"):
        budget(1500, 20)


def test_in_a_notebook_the_bar_and_the_curve_are_one_output_that_stays():
    code = """
        import time
        from utils.training.train import train
        def step(update):
            time.sleep(0.4)
            return {"loss": 1 / update}
        first = train(step, 6, name="first <run>", goal=(0.2, "a goal"))
        second = train(step, 2, name="second", beside=[first]);
    """
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(code).strip())]
    )
    NotebookClient(notebook, timeout=60).execute()
    outputs = notebook.cells[0].outputs
    assert [o.output_type for o in outputs] == ["display_data"] * 2
    page = outputs[0].data["text/html"]
    assert 'max="6" value="6"' in page and "first &lt;run&gt;: done after 6 updates" in page
    assert page.count("<img alt=") == 1


@pytest.mark.parametrize(
    ("before", "set_to", "expected"),
    [
        ("", None, "NumPy computes on 1 thread."),
        ("", "2", "NumPy computes on 2 threads."),
        ("import numpy; ", None, "restart the kernel and run this cell first"),
    ],
)
def test_one_blas_thread_unless_it_is_too_late_or_said_otherwise(before, set_to, expected):
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    environment.pop("VECLIB_MAXIMUM_THREADS", None)
    if set_to:
        environment["OPENBLAS_NUM_THREADS"] = set_to
    code = f"{before}from utils.threads import blas_threads; blas_threads()"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert expected in ran.stdout and ran.stderr == ""


def test_mean_leaves_out_what_was_not_measured():
    assert Run("r", {"wrong": np.array([np.nan, 4.0, np.nan, 6.0])}).mean("wrong") == 5.0
