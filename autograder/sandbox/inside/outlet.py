"""The way out for what cells show: how much of it, and in how large pieces."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from typing import Any

MAX_OUTPUT = 2_000_000  # characters of one cell that are sent at all
_PAUSE = 0.05  # seconds between two pieces of a stream that is written in many small ones


class Outlet:
    """The way out for all outputs; closed between the cells, and after too much of one cell."""

    def __init__(self) -> None:
        self.send: Callable[[dict[str, Any], bytes], None] = lambda head, body: None
        self._open = self._told = False
        self._left = 0

    def open(self) -> None:
        """A cell begins: it has room for MAX_OUTPUT characters."""
        self._open, self._told, self._left = True, False, MAX_OUTPUT

    def close(self) -> None:
        self._open = False

    @property
    def full(self) -> bool:
        """Whether nothing that is put here gets out any more."""
        return not self._open or (self._told and self._left <= 0)

    def put(self, head: dict[str, Any], texts: list[str], counts: bool = True) -> None:
        """Send an output that consists of `texts`; where it does not fit, say so once."""
        size = sum(map(len, texts))
        if not self._open:
            return
        if size > self._left:
            self._tell()
            return
        if counts:
            self._left -= size
        parts = [text.encode("utf-8", "replace") for text in texts]
        self.send(head | {"sizes": [len(part) for part in parts]}, b"".join(parts))

    def stream(self, name: str, text: str) -> None:
        """Send as much of `text` as fits."""
        if self.full:
            return
        kept = text[: self._left]
        self._left -= len(kept)
        if kept:
            self.send({"is": "stream", "name": name}, kept.encode("utf-8", "replace"))
        if len(kept) < len(text):
            self._tell()

    def clear(self, wait: bool) -> None:
        if self._open:
            self.open()
            self.send({"is": "clear", "wait": bool(wait)}, b"")

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self.send({"is": "left out"}, b"")


class OutStream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell: sends many small writes as one."""

    def __init__(self, name: str, outlet: Outlet) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._name, self._outlet = name, outlet
        self._fileno = 1 if name == "stdout" else 2
        self._parts: list[str] = []
        self._size = 0
        self._flushed = 0.0
        self._lock = threading.RLock()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "UTF-8"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if self._outlet.full:
            return len(text)
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            # at once after a pause, so that what was said before a crash is not lost
            due = self._size > 50_000 or time.monotonic() - self._flushed > _PAUSE
        if due:
            self.flush()
        return len(text)

    def flush(self) -> None:
        with self._lock:
            text = "".join(self._parts)
            self._parts.clear()
            self._size, self._flushed = 0, time.monotonic()
        if text:
            self._outlet.stream(self._name, text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fileno
