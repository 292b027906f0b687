"""What a learner is told who is stuck in the notebook and not in the exercise.

In a real kernel, to which cells are sent as JupyterLab sends them: with their ids, and beside a
notebook that is saved or not.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import threading
import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

RIGHT = (
    "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    return sigmoid(x @ U_f + h_prev @ W_f + b_f)"
)
CHECK = "from utils.check import check\n\ncheck(forget_gate)"
SETUP = "import numpy as np\n\nfrom utils.check import check\n\nfrom earlier import sigmoid"


class Notebook:
    """A kernel in a unit's folder, and the notebook there."""

    def __init__(self, folder):
        self.path = folder / f"{folder.name.partition('_')[2]}.ipynb"
        self.manager, self.client = start_new_kernel(cwd=str(folder))

    def run(self, source, cell=""):
        """All that a cell shows, as text. cell: its id."""
        metadata = {"cellId": cell} if cell else {}
        message = self.client.session.msg(
            "execute_request",
            {"code": source, "silent": False, "store_history": True, "allow_stdin": False},
            metadata=metadata,
        )
        self.client.shell_channel.send(message)
        shown = []
        while True:
            got = self.client.get_iopub_msg(timeout=90)
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            content = got["content"]
            if content.get("execution_state") == "idle":
                return "\n".join(shown)
            shown.append(content.get("text", "") or content.get("evalue", ""))
            shown.append(content.get("data", {}).get("text/plain", ""))

    def write(self, cell, source):
        """The notebook saved with another text in one of its cells."""
        notebook = json.loads(self.path.read_text())
        next(c for c in notebook["cells"] if c["id"] == cell)["source"] = source
        self.path.write_text(json.dumps(notebook))
        later = time.time() + 5
        os.utime(self.path, (later, later))

    def restart(self):
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def place(course, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stuck") / "course"
    shutil.copytree(course, folder)
    return folder / "notebooks" / "02_forget_gate"


@pytest.fixture(scope="module")
def kernel(place):
    with contextlib.closing(Notebook(place)) as notebook:
        yield notebook


@pytest.fixture
def fresh(kernel):
    """The kernel as after Restart."""
    kernel.restart()
    return kernel


def test_after_a_restart_the_check_still_answers_and_says_which_cell_must_run(fresh):
    said = fresh.run(RIGHT, "forget_gate") + fresh.run(CHECK, "check_forget_gate")
    assert "`sigmoid` comes from the notebook's first code cell" in said and "restarted" in said
    fresh.restart()
    said = fresh.run(CHECK, "check_forget_gate")  # not even its cell has run
    assert "`forget_gate` comes from another cell, which begins `def forget_gate" in said
    assert "Run All Above Selected Cell" in said
    said = fresh.run("course_style()", "other")
    assert "`course_style` comes from the notebook's first code cell" in said
    fresh.run(SETUP, "setup")
    fresh.run(RIGHT, "forget_gate")
    assert "all right, 7 of 7" in fresh.run(CHECK, "check_forget_gate")


def test_a_cell_that_is_no_python_hides_no_older_definition(fresh):
    fresh.run(SETUP, "setup")
    fresh.run(RIGHT, "forget_gate")
    fresh.run(RIGHT + ")", "forget_gate")
    said = fresh.run(CHECK, "check_forget_gate")
    assert "Not judged" in said and "In [3]" in said and "SyntaxError in line 2" in said
    assert "7 of 7" not in said
    fresh.run(RIGHT, "forget_gate")
    assert "all right, 7 of 7" in fresh.run(CHECK, "check_forget_gate")


def test_a_cell_that_defines_another_name_by_now_hides_no_older_definition(fresh):
    fresh.run(SETUP)
    fresh.run(RIGHT, "forget_gate")
    fresh.run(RIGHT.replace("forget_gate", "forgot_gate"), "forget_gate")
    said = fresh.run(CHECK, "check_forget_gate")
    assert "Not judged" in said and "it defined `forgot_gate`" in said and "all right" not in said
    fresh.run(RIGHT, "forget_gate")
    assert "all right, 7 of 7" in fresh.run(CHECK, "check_forget_gate")


def test_a_cell_that_was_changed_since_it_ran_is_told(fresh):
    fresh.run(SETUP, "setup")
    fresh.run(RIGHT, "forget_gate")
    fresh.write("forget_gate", RIGHT.replace("sigmoid", "np.tanh"))
    assert "was changed after it ran (In [2])" in fresh.run(CHECK, "check_forget_gate")
    fresh.write("forget_gate", RIGHT)
    assert "was changed" not in fresh.run(CHECK, "check_forget_gate")


def test_an_answer_in_another_cell_is_judged_and_told(fresh):
    fresh.write("forget_gate", RIGHT)
    cells = json.loads(fresh.path.read_text())["cells"]
    other = next(c["id"] for c in reversed(cells) if c["cell_type"] == "code")
    fresh.run(SETUP, "setup")
    fresh.run("# my try\n" + RIGHT, other)
    said = fresh.run(CHECK, "check_forget_gate")
    assert "of another cell (In [2], which begins `# my try`)" in said
    assert "all right, 7 of 7" in said
    fresh.run(RIGHT, "forget_gate")
    assert "another cell" not in fresh.run(CHECK, "check_forget_gate")


@pytest.mark.parametrize(
    "call, said",
    [
        ("check('forget_gate')", "Without the quotes, please: `check(forget_gate)`"),
        ("check(forget_gate(*[np.ones((1, 1))] * 5))", "without parentheses behind it"),
        ("check()", "the name of your function"),
        ("check(forget_gate())", "is called at once, without arguments"),
        ("check(forget_gate, 3)", "your function alone, as in `check(forget_gate)`"),
        ("check('nope')", "Without the quotes, please: `check(forget_gate)`"),
        ("check(rnn_step)", "an exercise of unit 01_vanishing_gradient, not of this notebook"),
        ("from utils.learner.quiz import ask\nask(half_open)", "`ask('half_open')`"),
        ("check(np.tanh)", "no exercise 'tanh'; this notebook has forget_gate, remaining_memory"),
        ("chek(forget_gate)", "Did you mean `check`?"),
        ("check(forget_gat)", "Did you mean `forget_gate`?"),
        ("from utils.lerner import progress", "make update"),
    ],
)
def test_a_slip_in_the_call_is_answered_with_what_to_write(kernel, call, said):
    kernel.run(SETUP + "\n" + RIGHT)
    assert said in kernel.run(call)


def test_what_needs_an_exercise_that_is_not_written_says_which(kernel):
    stub = "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    raise NotImplementedError()"
    drawn = "import matplotlib.pyplot as plt\n\nfig, ax = plt.subplots()\n"
    shown = kernel.run(f"{SETUP}\n{stub}\n{drawn}ax.plot([1], forget_gate(*[np.ones((1, 1))] * 5))")
    assert "This cell needs `forget_gate`, which is not written yet" in shown
    assert "<Figure" not in shown
    assert "not written yet" not in kernel.run(
        "def other():\n    raise NotImplementedError\nother()"
    )
    assert "<Figure" in kernel.run(drawn)
    kernel.run(RIGHT)


def test_what_a_cell_would_have_given_that_stopped_is_told(kernel):
    kernel.run(SETUP + "\nleft = 1 / 0")
    said = kernel.run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(left)")
    assert "ended in an error before `left` had a value" in said and "<Figure" not in said
    assert "<Figure" in kernel.run("fig, ax = plt.subplots()\nax.plot([1, 2])\n1 / 0")


def test_arguments_in_another_order_are_told(kernel):
    head = "def forget_gate(h_prev, x, U_f, W_f, b_f):\n    return "
    said = kernel.run(head + "sigmoid(x @ U_f + h_prev @ W_f + b_f)\n" + CHECK)
    assert "takes (h_prev, x, U_f, W_f, b_f) and is called with (x, h_prev, U_f, W_f, b_f)" in said
    assert "the same arguments in another order" in said
    kernel.run(RIGHT)


def test_a_wrong_function_that_another_calls_is_to_be_mended_first(place, course):
    step = "def rnn_step(x, h_prev, U, W, b):\n    return np.tanh({} + h_prev @ W + b)"
    forward = (
        "def rnn_forward(x, h0, U, W, b):\n    h, states = h0, []\n    for x_t in x:\n"
        "        h = rnn_step(x_t, h, {})\n        states.append(h)\n    return np.stack(states)"
    )
    folder = place.parent / "01_vanishing_gradient"
    with contextlib.closing(Notebook(folder)) as notebook:
        notebook.run("import numpy as np\nfrom utils.check import check")
        notebook.run(step.format("x @ U.T"))
        notebook.run(forward.format("U, W, b"))
        said = notebook.run("check(rnn_forward)")
        assert "`rnn_forward` calls your `rnn_step`, which is not right yet" in said
        notebook.run(step.format("x @ U"))
        assert "all right" in notebook.run("check(rnn_forward)")
        notebook.run(forward.format("W, U, b"))
        said = notebook.run("check(rnn_forward)")
        assert "`rnn_step` is right by itself" in said
        assert "`h = rnn_step(x_t, h, W, U, b)`" in said


def test_a_loop_without_end_is_named_while_it_runs_and_when_it_is_stopped(fresh):
    fresh.run(SETUP)
    fresh.run("from utils.judging import endless\nendless.AFTER = 2.0")
    fresh.run("def until(x):\n    while x != 1:\n        x = x / 3\n    return x")
    pid = fresh.manager.provisioner.pid  # interrupt_kernel is for the thread that began it
    stop = threading.Timer(6, os.kill, (pid, signal.SIGINT))
    stop.start()
    said = fresh.run("print('begun')\nuntil(2)")
    assert said.count("still in the loop of line 2, `while x != 1:`") == 1
    assert "KeyboardInterrupt" in said or "You stopped the loop of line 2" in said
    assert re.search(r"You stopped the loop of line 2, `while x != 1:`, after [5-9] s", said)
    said = fresh.run("import time\nfor _ in range(3):\n    time.sleep(1)\n'over'")
    assert "'over'" in said and "loop" not in said  # long, but no loop that waits


def test_a_notebook_that_was_moved_is_told_where_it_belongs(place, tmp_path):
    with contextlib.closing(Notebook(tmp_path)) as notebook:
        said = notebook.run(SETUP)
    assert "Was the notebook moved or copied?" in said and "`notebooks/`" in said


@pytest.mark.parametrize("unit", ["01_vanishing_gradient", "de/02_forget_gate", "10_backward_step"])
def test_whoever_runs_an_unsolved_notebook_reads_why_a_cell_stops(course, tmp_path, unit):
    folder = shutil.copytree(course / "notebooks" / unit, tmp_path / "notebooks" / unit)
    notebook = nbformat.read(next(folder.glob("*.ipynb")), as_version=4)
    resources = {"metadata": {"path": folder}}
    NotebookClient(notebook, timeout=120, resources=resources, allow_errors=True).execute()
    stopped = 0
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        shown = "\n".join(str(output.get("data", "")) for output in cell.outputs)
        if any(output.output_type == "error" for output in cell.outputs):
            stopped += 1
            assert re.search("What happened|Was passiert ist", shown), cell.source
            assert "<Figure" not in shown and "image/" not in shown, cell.source
    assert stopped >= 4
