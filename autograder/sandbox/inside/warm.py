"""Imports and calls once what submissions need, so that the copies of this process start with it.

What every answer needs at first; what draws, which takes three times as long and which most of what
is run does without, when a submission has drawn something.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence

import numpy as np
from IPython.core.formatters import DisplayFormatter

from utils.judging.protocol import answer, write_request
from utils.judging.spec import Case, Spec

from . import runner  # noqa: F401
from .outlet import Outlet, OutStream
from .shell import ZMQInteractiveShell, make_shell


def up() -> tuple[ZMQInteractiveShell, Outlet]:
    """The shell that submissions run in, as if nothing had run in it, and where its outputs go."""
    outlet = Outlet()
    streams = OutStream("stdout", outlet), OutStream("stderr", outlet)
    sys.stdout, sys.stderr = streams
    shell = make_shell(outlet, streams)
    _answer(shell)
    return shell, outlet


def _answer(shell: ZMQInteractiveShell) -> None:
    """A value, an error and an answer: what is loaded on first use is loaded here."""
    _formatter(shell).format(np.zeros(2))
    shell.run_cell("def f(x):\n    return [1, 2][x]\nf(3)", silent=True)
    del shell.user_ns["f"]
    case = Case({"x": np.ones((8, 8))}, None)
    request = write_request(Spec("practice", "f", (), (case,), ()))
    for function in (lambda x: np.linalg.norm(x @ x), lambda x: print(1 / 0)):
        answer("f", request, 10.0, {"f": function})


def to_draw(shell: ZMQInteractiveShell, modules: Sequence[str]) -> None:
    """A figure and a widget as well. modules: what the course's notebooks import of `utils`."""
    # tqdm asks the shell whether this is a notebook, and wants the other for its lock
    for name in (*modules, "tqdm.auto", "multiprocessing.synchronize"):
        importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _practise(shell)


def _practise(shell: ZMQInteractiveShell) -> None:
    import ipywidgets
    import matplotlib.pyplot as plt

    formatter = _formatter(shell)
    plt.close(plt.figure())  # has the inline backend show figures from now on
    with plt.rc_context():
        figure, axes = plt.subplots()
        axes.plot([1.0, 10.0], label="σ, $f_t$")
        axes.set(xlabel="x", title="$W^2$", yscale="log")
        axes.legend()
        formatter.format(figure)
        plt.close(figure)
    formatter.format(ipywidgets.VBox([ipywidgets.FloatSlider()]))
    ipywidgets.Widget.close_all()


def _formatter(shell: ZMQInteractiveShell) -> DisplayFormatter:
    assert shell.display_formatter is not None
    return shell.display_formatter
