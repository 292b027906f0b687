"""Runs `nbgrader …` and `autograder …` as processes of their own that have imported them already.

A term is some forty commands, and most of the time that each takes is for nbgrader's imports. A
server that holds them forks for each command; the rest is as in a shell.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["nbgrader.apps.nbgraderapp", "autograder.classroom.classroom"])


def run(
    command: Sequence[str], place: Path, environment: Mapping[str, str], timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run`; what is printed and what is said are one text."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as said:
        arguments = (list(command), os.fspath(place), dict(environment), said.name)
        process = _SERVER.Process(target=_command, args=arguments)
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(list(command), timeout, said.read())
        return subprocess.CompletedProcess(list(command), process.exitcode or 0, said.read(), "")


def _command(command: list[str], place: str, environment: dict[str, str], said: str) -> None:
    to = os.open(said, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(to, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
