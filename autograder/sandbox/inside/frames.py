"""Messages between the grader and the process of one submission.

A frame is three numbers (its place in the sequence, the length of its head, the length of its
body), a JSON head and a body of plain bytes. Text and arrays travel in the body, so that a head
stays small and nothing large is ever parsed. What comes from a submission's process is of unknown
origin: `Reader` believes nothing before it has looked, and calls whatever is odd `Foul`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

# what the fork server hears and says
STARTED, FORK, DRAW, INTERRUPT, KILL, ENDED = b"s", b"f", b"d", b"i", b"k", b"e"
NUMBERS = struct.Struct("<III")
MAX_HEAD = 100_000  # bytes
MAX_BODY = 8_000_000  # bytes; a reply that was asked for may be larger
MAX_DEPTH = 20

Frame = tuple[dict[str, Any], bytes]


class Foul(Exception):
    """Bytes that are no message: too large, malformed, of the wrong kind or out of sequence."""


def pack(number: int, head: dict[str, Any], body: bytes = b"") -> bytes:
    """The bytes of a frame. Raises TypeError or ValueError where `head` is not plain JSON."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    packed = text.encode("utf-8", "replace")
    return NUMBERS.pack(number & 0xFFFFFFFF, len(packed), len(body)) + packed + body


class Reader:
    """Takes bytes as they come and gives whole frames, numbered from 0.

    most: bytes that the body of the next frame may have.
    """

    def __init__(self, most: int = MAX_BODY) -> None:
        self.most = most
        self._buffer = bytearray()
        self._number = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame that `data` completes. Raises Foul, after which nothing more can be read."""
        self._buffer += data
        while len(self._buffer) >= NUMBERS.size:
            number, head, body = NUMBERS.unpack_from(self._buffer)
            if number != self._number:
                raise Foul("a message out of sequence")
            if head > MAX_HEAD or body > self.most:
                raise Foul("a message that is too large")
            start, end = NUMBERS.size + head, NUMBERS.size + head + body
            if len(self._buffer) < end:
                return
            with memoryview(self._buffer) as view:
                text, rest = bytes(view[NUMBERS.size : start]), bytes(view[start:end])
            del self._buffer[:end]
            self._number = (self._number + 1) & 0xFFFFFFFF
            yield parse(text), rest

    @property
    def empty(self) -> bool:
        """Whether no part of a further frame has come."""
        return not self._buffer


def parse(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`, not nested deeper than MAX_DEPTH. Raises Foul."""
    found = parse_json(text)
    if not isinstance(found, dict):
        raise Foul("a message that is no JSON object")
    return found


def parse_json(text: bytes) -> Any:
    """The JSON value in `text`, without NaN and infinities. Raises Foul."""
    try:
        found = json.loads(text.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Foul("a message that is no JSON") from None
    layer, depth = [found], 0
    while layer:
        depth += 1
        if depth > MAX_DEPTH:
            raise Foul("a message that is nested too deeply")
        layer = [inner for value in layer for inner in _inside(value)]
    return found


def _inside(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inner if isinstance(item, dict | list)]


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
