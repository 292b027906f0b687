"""Runs one submission: its cells in IPython, and its functions on what the grader asks for.

This is the submission's own process. Whoever wrote the cells can change everything in it and can
only harm himself: the grader checks each message and judges elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from utils.judging.protocol import MAX_REPLY, answer

from . import salvage
from .frames import NUMBERS, Frame, pack, parse
from .outlet import Outlet
from .shell import ZMQInteractiveShell


class Channel:
    """The private line to the grader."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.order = 0  # the number of the order that is being done
        self._number = 0
        self._waiting: list[tuple[dict[str, Any], bytes]] = []
        self._lock = threading.RLock()
        self._busy = self._interrupted = False

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Send a whole message, whatever interrupts.

        A finaliser or a signal's handler that prints while a message leaves has to wait its turn.
        """
        pack(0, head)  # raises for what is no JSON before anything is on its way
        with self._lock:
            self._waiting.append((head, body))
            if self._busy:
                return
            self._busy = True
            try:
                while self._waiting:
                    self.line.sendall(pack(self._number, *self._waiting[0]))
                    self._number += 1
                    del self._waiting[0]
            finally:
                self._busy = False
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt

    def interrupt(self, signum: int, frame: Any) -> None:
        """The handler of SIGINT: never in the middle of a message."""
        if self._busy:
            self._interrupted = True
        else:
            raise KeyboardInterrupt

    def receive(self) -> Frame:
        """The next order. Raises EOFError when the grader has hung up."""
        self.order, head, body = NUMBERS.unpack(self._exactly(NUMBERS.size))
        return parse(self._exactly(head)), self._exactly(body)

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self.line.recv(min(size - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)


class Runner:
    """Does what the grader orders, one order after the other."""

    def __init__(
        self,
        channel: Channel,
        shell: ZMQInteractiveShell,
        outlet: Outlet,
        course: list[tuple[list[str], str]],
    ) -> None:
        self.channel, self.shell, self.outlet = channel, shell, outlet
        self.home = os.getcwd()
        self.course = course  # what the course's own cells define
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.awaited: asyncio.Future[Any] | None = None
        self.stopped: tuple[int | None, str] | None = None  # where and why the last cell did
        outlet.send = channel.send

    def serve(self) -> None:
        """Until the grader hangs up, which raises EOFError."""
        while True:
            # tasks that a cell has started go on while the next cell is awaited
            with contextlib.suppress(Exception):
                self.loop.run_until_complete(self._readable())
            head, body = self.channel.receive()
            match head["do"]:
                case "run":
                    if head.get("supply"):
                        self._supply()
                    self._cell(body.decode("utf-8", "replace"))
                case "answer":
                    self._answer(head["name"], body, head["seconds"])

    async def _readable(self) -> None:
        ready = self.loop.create_future()
        self.loop.add_reader(self.channel.line, ready.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await ready
        finally:
            self.loop.remove_reader(self.channel.line)

    def _cell(self, source: str) -> None:
        count = self.shell.execution_count
        self.stopped, self.shell.passed_over = None, []
        self.outlet.open()
        with contextlib.suppress(KeyboardInterrupt):  # one that came too late for the cell
            try:
                signal.signal(signal.SIGINT, self.channel.interrupt)
                self._run(source)
                self.shell.flush_streams()
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.outlet.close()
        head = {
            "count": count,
            "leaves": bool(self.shell.leaves),
            "drew": "matplotlib.pyplot" in sys.modules,
            "stopped": self.stopped,
            "passed_over": list(dict.fromkeys(self.shell.passed_over))[:20],
        }
        self._done("done", head)

    def _run(self, source: str) -> None:
        if self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        task = self.loop.create_task(self._execute(source))
        while not task.done():
            try:
                self.loop.run_until_complete(task)
            except KeyboardInterrupt:  # while a cell awaited something
                if self.awaited is not None:
                    self.awaited.cancel()

    async def _execute(self, source: str) -> None:
        """In a running event loop, as in a kernel."""
        shell = self.shell
        failed = None
        try:
            cell = shell.transform_cell(source)
        except Exception:
            cell, failed = source, sys.exc_info()
        if not shell.should_run_async(
            source, transformed_cell=cell, preprocessing_exc_tuple=failed
        ):
            self._salvage(shell.run_cell(source, store_history=True), cell)
            return
        self.awaited = self.loop.create_task(
            shell.run_cell_async(
                source,
                store_history=True,
                transformed_cell=cell,
                preprocessing_exc_tuple=failed,
            )
        )
        result = None
        try:
            result = await self.awaited
        finally:
            self.awaited = None
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        self._salvage(result, cell)

    def _salvage(self, result: Any, cell: str) -> None:
        """Note where and why a cell stopped, and make what it defines below that line."""
        error = salvage.error_of(result)
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        line = salvage.line_of(error, f"/tmp/ipykernel_{os.getpid()}/")
        self.stopped = (line, salvage.told(error))
        if line is not None and not isinstance(error, SyntaxError):
            missing = isinstance(error, ImportError)
            salvage.define_the_rest(cell, line, self._names(), effects=missing)

    def _names(self) -> dict[str, Any]:
        return vars(sys.modules["__main__"])

    def _supply(self) -> list[str]:
        # what it runs meets whatever the cells have left
        with contextlib.suppress(Exception), contextlib.chdir(self.home):
            return salvage.supply(self.course, self._names())
        return []

    def _answer(self, name: str, request: bytes, seconds: float) -> None:
        reply, given = b"", self._supply()
        with contextlib.suppress(KeyboardInterrupt):
            try:
                signal.signal(signal.SIGINT, self.channel.interrupt)
                reply = answer(name, request, seconds, self._names())
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        large = len(reply) > MAX_REPLY
        self._done("reply", {"large": large, "supplied": given}, b"" if large else reply)

    def _done(self, what: str, head: dict[str, Any], body: bytes = b"") -> None:
        self.channel.send({"is": what, "for": self.channel.order} | head, body)


def begin(channel: Channel) -> list[tuple[list[str], str]]:
    """Take what lies beside the notebook, and forget what all submissions would share.

    Returns what the course's own cells define (see `salvage.supply`).
    """
    head, body = channel.receive()
    start = 0
    for name, size in head["files"]:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body[start : start + size])
        start += size
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    random.seed()
    # as in a kernel: no file beside the notebook hides a module of the standard library
    places = [place for place, path in enumerate(sys.path) if path.endswith("-packages")]
    sys.path.insert(min(places, default=0), "")
    sys.argv = ["ipykernel_launcher.py"]
    channel.send({"is": "ready"})
    return head["course"]
