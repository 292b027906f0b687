"""The process of one submission, seen from outside: orders there, numbered messages back.

Nothing that comes from it can do more than be refused: what is malformed, too large or out of
sequence raises `Foul`, and silence ends at the time that the caller names.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from autograder.sandbox.inside.frames import ENDED, INTERRUPT, KILL, MAX_BODY, Frame, Reader, pack

PATIENCE = 20.0  # seconds for the fork server to do what takes it a millisecond
LAST_WORD = 1.0  # seconds for it to tell that a process has ended whose channel is closed


class Died(Exception):
    """The process of a submission has ended, or has let go of its channel."""


class Abandoned(Exception):
    """The fork server has ended, and the process with it: nothing that the submission did."""


class Process:
    """The process of one submission, seen from outside.

    Send orders with `send`, read what comes with `receive`. level: how it is kept apart. drew:
    whether it says that it has loaded what draws.
    """

    def __init__(
        self, level: str, channel: socket.socket, leash: socket.socket, raw: Mapping[int, str]
    ) -> None:
        self.level, self.drew = level, False
        self._channel, self._leash = channel, leash
        self._reader = Reader()
        self._frames: deque[Frame] = deque()
        self._leaving = bytearray()
        self._number = 0
        decoder = codecs.getincrementaldecoder("utf-8")
        self._raw = {
            end: ({"is": "stream", "name": name}, decoder("replace")) for end, name in raw.items()
        }
        self._selector = selectors.DefaultSelector()
        self._interrupting = self._ended = self._told = False
        for end in (channel, leash):
            end.setblocking(False)
        for descriptor in raw:
            os.set_blocking(descriptor, False)
        for descriptor in (channel.fileno(), leash.fileno(), *raw):
            self._selector.register(descriptor, selectors.EVENT_READ)

    def send(self, head: dict[str, Any], body: bytes = b"", most: int = MAX_BODY) -> int:
        """Order something; it leaves while the answer is awaited. Returns the order's number.

        most: bytes that the body of each message that answers it may have.
        """
        number, self._number = self._number, self._number + 1
        self._leaving += pack(number, head, body)
        self._reader.most = most
        self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE)
        return number

    def receive(self, until: float) -> Frame | None:
        """The next message; None where `until` (of time.monotonic) passes before one has come.

        What the process writes past Python into its file descriptors 1 and 2 comes as messages of
        a stream. Raises Died, Abandoned, or Foul where it sends what is no message.
        """
        while not self._frames:
            if self._ended:
                raise Abandoned if self._abandoned() else Died
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._pump(left)
        return self._frames.popleft()

    @property
    def silent(self) -> bool:
        """Whether no message has come that was not received; what threads print does not count."""
        printed = [head for head, _ in self._raw.values()]
        return self._reader.empty and all(
            any(head is other for other in printed) for head, _ in self._frames
        )

    def interrupt(self) -> None:
        """SIGINT. It is sent when this returns."""
        with contextlib.suppress(OSError):
            self._leash.sendall(INTERRUPT)
            self._interrupting = True
        end = time.monotonic() + PATIENCE
        while self._interrupting and not self._ended and time.monotonic() < end:
            self._pump(1.0)
        self._interrupting = False

    def kill(self) -> None:
        """End the process and all it has started, if it has not ended already."""
        with contextlib.suppress(OSError):
            self._leash.sendall(KILL)
        self._selector.close()
        for end in (self._channel, self._leash):
            end.close()
        for descriptor in self._raw:
            os.close(descriptor)

    def _pump(self, seconds: float) -> None:
        """Wait for whatever moves next, and take it."""
        for key, what in self._selector.select(seconds):
            if key.fd == self._leash.fileno():
                self._hear()
            elif key.fd in self._raw:
                self._take_raw(key.fd)
            elif what & selectors.EVENT_WRITE:
                self._leave()
            else:
                self._take()

    def _leave(self) -> None:
        with contextlib.suppress(OSError):
            del self._leaving[: self._channel.send(self._leaving)]
        if not self._leaving:
            self._selector.modify(self._channel, selectors.EVENT_READ)

    def _take(self) -> bool:
        try:
            data = self._channel.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        for descriptor in self._raw:  # was written before what has just come
            self._take_raw(descriptor)
        self._frames.extend(self._reader.feed(data))
        if not data:
            self._ended = True
        return bool(data)

    def _take_raw(self, descriptor: int) -> None:
        head, decoder = self._raw[descriptor]
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return
        if text := decoder.decode(data):
            self._frames.append((head, text.encode()))
        if not data:
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)

    def _abandoned(self) -> bool:
        """Whether the leash was let go without a word: a living fork server tells of the end."""
        self._leash.settimeout(LAST_WORD)
        while not self._told:
            try:
                said = self._leash.recv(16)
            except TimeoutError:
                return False  # the process lives, it has only let go of its channel
            except OSError:
                said = b""
            if not said:
                return True
            self._told = ENDED in said
        return False

    def _hear(self) -> None:
        try:
            said = self._leash.recv(16)
        except OSError:
            said = b""
        self._told |= ENDED in said
        if INTERRUPT in said:
            self._interrupting = False
        if ENDED in said or not said:
            for _ in range(100):  # what it said before it ended
                if not self._take():
                    break
            self._ended = True
