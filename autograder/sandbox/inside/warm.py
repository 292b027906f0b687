"""Imports and calls once what nearly every submission needs, so that its copies start with it."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

from . import runner  # noqa: F401
from .outlet import Outlet, OutStream
from .shell import ZMQInteractiveShell, make_shell


def up(modules: Sequence[str]) -> tuple[ZMQInteractiveShell, Outlet]:
    """The shell that submissions run in, as if nothing had run in it, and where its outputs go.

    modules: what the course's notebooks import of `utils`.
    """
    outlet = Outlet()
    streams = OutStream("stdout", outlet), OutStream("stderr", outlet)
    sys.stdout, sys.stderr = streams
    shell = make_shell(outlet, streams)
    # tqdm asks the shell whether this is a notebook, and wants the other for its lock
    for name in (*modules, "tqdm.auto", "multiprocessing.synchronize"):
        importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _practise(shell)
    return shell, outlet


def _practise(shell: ZMQInteractiveShell) -> None:
    """A figure, a widget, an answer and an error: what is loaded on first use is loaded here."""
    formatter = shell.display_formatter
    assert formatter is not None
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
    formatter.format(np.zeros(2))
    shell.run_cell("def f(x):\n    return [1, 2][x]\nf(3)", silent=True)
    del shell.user_ns["f"]
