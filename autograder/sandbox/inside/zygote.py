"""The fork server: everything is imported once, each submission gets a copy of this process.

It is trusted, runs no stranger's code and has a single thread. Over the socket whose number is its
second argument comes one byte for each submission, with four descriptors: the submission's channel
to the grader, the submission's leash, and what becomes its file descriptors 1 and 2. Another byte,
DRAW, asks it to import what draws as well, before it forks again. Over the leash
the grader interrupts ("i") and ends ("k") the submission and learns that a signal is sent ("i") and
that the process has ended ("e"). A leash that the grader lets go ends the submission as well.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from . import confine
from .frames import DRAW, ENDED, INTERRUPT, KILL, STARTED

DESCRIPTORS = 4
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # another thread would not live on in a copy of this process
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NBGRADER_EXECUTION": "autograde",
    # as ipykernel sets them, for libraries that ask how to print
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}


@dataclass
class Child:
    """The process of one submission and its leash."""

    pid: int
    leash: socket.socket

    def obey(self, orders: bytes) -> None:
        if INTERRUPT in orders:
            self._signal(signal.SIGINT)
            self._tell(INTERRUPT)
        if KILL in orders or not orders:
            self.end()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        self._signal(signal.SIGKILL)

    def ended(self) -> None:
        self._tell(ENDED)
        self.leash.close()
        confine.clean(self.pid)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, number)

    def _tell(self, what: bytes) -> None:
        with contextlib.suppress(OSError):
            self.leash.send(what)


class Zygote:
    """Forks, signals and reaps until the grader hangs up."""

    def __init__(self, level: str, orders: socket.socket, modules: Sequence[str]) -> None:
        from . import warm  # takes a while

        self.level, self.orders, self.modules = level, orders, modules
        self.shell, self.outlet = warm.up()
        self.children: dict[int, Child] = {}
        self.selector = selectors.DefaultSelector()
        self.wakeup, knock = socket.socketpair()
        for end in (self.wakeup, knock):
            end.setblocking(False)
        self.knock = knock
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever presses Ctrl-C asks the grader
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        signal.set_wakeup_fd(knock.fileno(), warn_on_full_buffer=False)
        self.selector.register(orders, selectors.EVENT_READ, self._order)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self._reap)
        _settle()

    def serve(self) -> NoReturn:
        self.orders.sendall(STARTED)
        while True:
            for key, _ in self.selector.select():
                if isinstance(key.data, Child):
                    self._obey(key.data)
                else:
                    key.data()

    def _order(self) -> None:
        data, descriptors, _, _ = socket.recv_fds(self.orders, 1, DESCRIPTORS)
        if not data:
            self._stop()
        if data == DRAW:
            from . import warm

            warm.to_draw(self.shell, self.modules)
            _settle()
        if len(descriptors) != DESCRIPTORS:
            _close(descriptors)
            return
        try:
            pid = confine.fork(self.level)
        except OSError:  # the grader learns it from the leash, which closes
            _close(descriptors)
            return
        if pid == 0:
            self._become(descriptors)
        leash = socket.socket(fileno=descriptors[1])
        _close([descriptors[0], *descriptors[2:]])
        child = self.children[pid] = Child(pid, leash)
        self.selector.register(leash, selectors.EVENT_READ, child)

    def _become(self, descriptors: list[int]) -> NoReturn:
        """In the new process: lock it down, then do what the grader says, until it hangs up."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            channel, _, out, err = descriptors
            os.dup2(out, 1)
            os.dup2(err, 2)
            confine.lock_down(self.level, keep=[channel])
            from . import runner

            line = runner.Channel(socket.socket(fileno=channel))
            course = runner.begin(line)
            with contextlib.suppress(EOFError):
                runner.Runner(line, self.shell, self.outlet, course).serve()
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
            os._exit(1)
        os._exit(0)

    def _obey(self, child: Child) -> None:
        if self.children.get(child.pid) is not child:  # it was reaped since its leash moved
            return
        try:
            orders = child.leash.recv(64)
        except OSError:
            orders = b""
        child.obey(orders)
        if not orders:
            self.selector.unregister(child.leash)

    def _reap(self) -> None:
        with contextlib.suppress(OSError):
            while self.wakeup.recv(4096):
                pass
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                if child := self.children.pop(pid, None):
                    with contextlib.suppress(KeyError, ValueError):
                        self.selector.unregister(child.leash)
                    child.ended()

    def _stop(self) -> NoReturn:
        for child in self.children.values():
            child.end()
        for child in self.children.values():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, 0)
            child.ended()
        os._exit(0)


def _settle() -> None:
    """Ready to be copied: a single thread, and what is imported out of every collection's way."""
    _wait_for_threads()
    gc.collect()
    gc.freeze()  # a collection in a child must not copy what it inherits


def _wait_for_threads(seconds: float = 10.0) -> None:
    """Until this thread is alone; a timer of Matplotlib's font search may still run."""
    end = time.monotonic() + seconds
    while threading.active_count() > 1 or _tasks() > 1:
        if time.monotonic() > end:
            raise RuntimeError(f"the fork server has threads: {threading.enumerate()}")
        time.sleep(0.01)


def _tasks() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:  # no /proc in here
        return 1


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def main(modules: Sequence[str]) -> NoReturn:
    """Serve as the level and the socket in the arguments say. modules: what to draw with."""
    level, number = sys.argv[1], int(sys.argv[2])
    os.environ |= ENVIRONMENT
    Zygote(level, socket.socket(fileno=number), modules).serve()
