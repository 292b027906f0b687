"""Is everything here that the course needs? Each line says so in words, and the way out if not."""

from __future__ import annotations

import os
import platform
from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from utils.learner.course import ROOT

PACKAGES = ("numpy", "matplotlib", "ipywidgets", "jupyterlab", "nbgrader")


class Environment:
    """The result of `environment_check()`, as a table and as plain text."""

    def __init__(self) -> None:
        self.lines = [_python(), *map(_package, PACKAGES), _float64(), _writable()]

    def __repr__(self) -> str:
        return "\n".join(f"{_mark(ok)}: {what}" for ok, what in self.lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        items = "".join(f"<li>{_mark(ok)}: {escape(what)}</li>" for ok, what in self.lines)
        html = f"<ul style='list-style:none;padding:0;margin:0'>{items}</ul>"
        return {"text/plain": repr(self), "text/html": html}


def environment_check() -> Environment:
    """What is installed, and what to do about what is not."""
    return Environment()


def _mark(ok: bool) -> str:
    return "✔ ready" if ok else "✘ missing"


def _python() -> tuple[bool, str]:
    return True, f"Python {platform.python_version()}"  # an older one cannot read this file


def _package(name: str) -> tuple[bool, str]:
    try:
        return True, f"{name} {version(name)}"
    except PackageNotFoundError:
        return False, f"{name} is not installed: close JupyterLab and start it with make lab"


def _float64() -> tuple[bool, str]:
    right = 1 + np.finfo(np.float64).eps != 1 and np.ones(1).dtype == np.float64
    return bool(right), "64-bit floating point numbers"


def _writable() -> tuple[bool, str]:
    if os.access(ROOT / "notebooks", os.W_OK):
        return True, "your work can be saved here"
    return False, f"{ROOT / 'notebooks'} cannot be written: copy the course to a folder of your own"
