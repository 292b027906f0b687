"""A cell's outputs, rebuilt from what a submission's process says.

Only what nbformat knows gets through, in sizes a person would read: the rest is left out or, where
it is no output at all, refused as `Foul`. Texts of one stream are put together, as nbconvert's and
nbclient's coalesced streams are; displays with an id can be replaced later.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output

from autograder.sandbox.inside.frames import Foul, parse_json

MAX_OUTPUT = 2_000_000  # characters that are kept of one cell
MAX_TOTAL = 40_000_000  # characters that are kept of one notebook
LEFT_OUT = "\n… more output was left out …\n"
_OVERHEAD = 100  # what an output counts besides its texts: an empty one takes room as well
_KINDS = {"display_data", "execute_result", "update_display_data"}
_JSON = re.compile(r"application/(.*\+)?json", re.S)


@dataclass
class Notebook:
    """What the cells of one notebook share: room that is left, and displays that have an id."""

    room: int = MAX_TOTAL
    shown: dict[str, list[tuple[Outputs, NotebookNode]]] = field(default_factory=dict)


class Outputs:
    """The outputs of one cell. `take` what comes; `finish` writes them into the cell's list."""

    def __init__(self, into: list[NotebookNode], notebook: Notebook) -> None:
        self._into, self._notebook = into, notebook
        self._kept = 0
        self._found: list[NotebookNode] = []
        self._streams: dict[str, tuple[NotebookNode, io.StringIO]] = {}
        self._ids: set[str] = set()
        self._left_out = self._clear_next = False

    def take(self, head: dict[str, Any], body: bytes) -> bool:
        """Add an output. False where this is no message about outputs. Raises Foul."""
        match head.get("is"):
            case "stream":
                self._stream(head.get("name"), _text(body))
            case "error":
                self._error(_texts(head, body))
            case kind if isinstance(kind, str) and kind in _KINDS:
                self._display(kind, head, _texts(head, body))
            case "clear":
                if head.get("wait"):
                    self._clear_next = True
                else:
                    self._clear()
            case "left out":
                self._note()
            case _:
                return False
        return True

    def finish(self) -> None:
        """Put what was found into the cell: to be called once, when no more can come."""
        for node, text in self._streams.values():
            node["text"] = overwritten(text.getvalue())
        for place, node in enumerate(self._found[:-1]):
            after = self._found[place + 1]
            if node.get("name") == "stderr" and after.get("name") == "stdout":
                self._found[place : place + 2] = [after, node]
        self._into.extend(self._found)

    def _stream(self, name: Any, text: str) -> None:
        if name not in ("stdout", "stderr"):
            raise Foul("a stream of unknown name")
        self._before_next()
        new = name not in self._streams
        room = self._room() - (_OVERHEAD if new else 0)
        if room > 0 and new:
            node = new_output("stream", name=name, text="")
            self._found.append(node)
            self._streams[name] = node, io.StringIO()
            self._charge(_OVERHEAD)
        if room > 0:
            kept = text[:room]
            self._streams[name][1].write(kept)
            self._charge(len(kept))
        if len(text) > max(room, 0):
            self._note()

    def _error(self, texts: list[str]) -> None:
        if len(texts) < 2:
            raise Foul("an error without a name")
        self._before_next()
        ename, evalue, *traceback = texts
        if self._fits(sum(map(len, texts))):
            self._found.append(new_output("error", ename=ename, evalue=evalue, traceback=traceback))

    def _display(self, kind: str, head: dict[str, Any], texts: list[str]) -> None:
        mimes, metadata = head.get("mimes"), head.get("metadata")
        if not isinstance(mimes, list) or len(mimes) != len(texts) or len(mimes) > 100:
            raise Foul("an output without its mime types")
        if not all(isinstance(mime, str) and 0 < len(mime) <= 200 for mime in mimes):
            raise Foul("a mime type that is none")
        if not isinstance(metadata, dict):
            raise Foul("an output without metadata")
        data = {_clean(mime): _value(mime, text) for mime, text in zip(mimes, texts, strict=True)}
        metadata = _cleaned(metadata)
        id = head.get("id")
        size = sum(map(len, texts))
        if isinstance(id, str):
            for owner, node in self._notebook.shown.get(id, []):
                owner._replace(node, data, metadata, size)
        if kind == "update_display_data":
            return
        self._before_next()
        if not self._fits(size):
            return
        count = {"execution_count": _count(head)} if kind == "execute_result" else {}
        node = new_output(kind, data=data, metadata=metadata, **count)
        self._found.append(node)
        if isinstance(id, str):
            self._ids.add(id)
            self._notebook.shown.setdefault(id, []).append((self, node))

    def _replace(self, node: NotebookNode, data: dict, metadata: dict, size: int) -> None:
        more = size - sum(len(str(value)) for value in node["data"].values())
        if more <= self._room():
            self._charge(more)
            node.update(data=NotebookNode(data), metadata=NotebookNode(metadata))

    def _clear(self) -> None:
        self._clear_next = self._left_out = False
        self._charge(-self._kept)
        self._found, self._streams = [], {}
        for id in self._ids:
            shown = self._notebook.shown
            shown[id] = [pair for pair in shown[id] if pair[0] is not self]
        self._ids.clear()

    def _before_next(self) -> None:
        if self._clear_next:
            self._clear()

    def _room(self) -> int:
        return min(MAX_OUTPUT - self._kept, self._notebook.room)

    def _charge(self, size: int) -> None:
        self._kept += size
        self._notebook.room -= size

    def _fits(self, size: int) -> bool:
        if size + _OVERHEAD > self._room():
            self._note()
            return False
        self._charge(size + _OVERHEAD)
        return True

    def _note(self) -> None:
        if not self._left_out:
            self._left_out = True
            node = new_output("stream", name="stdout", text="")
            self._found.append(node)
            # a place of its own, so that what fits after it still comes after it
            self._streams["left out"] = node, io.StringIO(LEFT_OUT)


def overwritten(text: str) -> str:
    """`text` without what a carriage return lets later characters of the same line replace."""
    if "\r" not in text:
        return text
    lines = text.split("\n")
    last = len(lines) - 1
    for place, line in enumerate(lines):
        # a return that ends the line replaces nothing
        end = line.rfind("\r", 0, len(line) - 1) if place < last or line else -1
        lines[place] = line[end + 1 :]
    return "\n".join(lines)


def _texts(head: dict[str, Any], body: bytes) -> list[str]:
    sizes = head.get("sizes")
    if not isinstance(sizes, list) or any(type(size) is not int or size < 0 for size in sizes):
        raise Foul("an output without sizes")
    if sum(sizes) != len(body):
        raise Foul("an output of another size than it says")
    texts, start = [], 0
    for size in sizes:
        texts.append(_text(body[start : start + size]))
        start += size
    return texts


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _clean(text: str) -> str:
    """JSON may carry half a surrogate pair, which no file can be written with."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return _clean(value)
        case list():
            return [_cleaned(item) for item in value]
        case dict():
            return {_clean(key): _cleaned(item) for key, item in value.items()}
    return value


def _value(mime: str, text: str) -> Any:
    if not _JSON.fullmatch(mime):
        return text
    if len(text) > MAX_OUTPUT // 20:  # parsed, it takes many times the room
        return "… left out …"
    return _cleaned(parse_json(text.encode()))


def _count(head: dict[str, Any]) -> int:
    count = head.get("count")
    if type(count) is not int or not 0 <= count < 1_000_000:
        raise Foul("an execution count that is none")
    return count
