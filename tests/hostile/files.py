"""Files and archives that are not what they should be."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from small_course import UNIT, submission

from hostile.case import FULL, Case, Verdict, attack

RIGHT = json.dumps(submission()).encode()
GRADED = Verdict("graded", FULL)
MEGABYTE = 1_000_000


def refused(says: str) -> Verdict:
    return Verdict("invalid", {}, says)


def invalid(name: str, content: bytes | Callable[[Path], None], says: str, **options: Any) -> Case:
    return attack(name, content, "invalid", says, **options)


def version(number: Any) -> bytes:
    return json.dumps(dict(submission(), nbformat=number)).encode()


def third() -> bytes:
    return nbformat.v3.writes_json(nbformat.convert(submission(), 3)).encode()


def second(stamp: bool) -> bytes:
    """Version 2 has no metadata of cells: only the stamp says which unit it is."""
    cells = [
        {"cell_type": "code", "language": "python", "input": cell.source, "outputs": []}
        for cell in submission().cells
        if cell.cell_type == "code"
    ]
    metadata = {"name": "small"} | ({"lstm_course": {"unit": UNIT}} if stamp else {})
    second = {"nbformat": 2, "metadata": metadata, "worksheets": [{"cells": cells}]}
    return json.dumps(second).encode()


def large(path: Path) -> None:
    """A notebook with 100 MB of outputs in it."""
    head, tail = RIGHT.split(b'"outputs": []', 1)
    with path.open("wb") as file:
        file.write(head + b'"outputs": [{"output_type": "stream", "name": "stdout", "text": "')
        for _ in range(100):
            file.write(b"x" * MEGABYTE)
        file.write(b'"}]' + tail)


def link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def beside_another(path: Path) -> None:
    """A link to the notebook of somebody who did the work."""
    other = path.parent.parent / "of_somebody_else.ipynb"
    other.write_bytes(RIGHT)
    path.symlink_to(other)


def folder_of(*names: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        for name in names:
            (path / name).write_bytes(RIGHT)

    return make


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return data.getvalue()


def linked(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def bomb(path: Path) -> None:
    """120 MB of zeros in 120 kB; one of the notebooks says that it is small."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(2):
            with file.open(f"{number}.ipynb", "w") as member:
                for _ in range(60):
                    member.write(bytes(MEGABYTE))
    data = bytearray(path.read_bytes())
    start = data.rfind(b"PK\x01\x02")
    data[start + 24 : start + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)


def twice() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("work.ipynb", b"an older one")
        file.filelist[0].filename = "w0rk.ipynb"  # so that no warning is given
        file.NameToInfo.clear()
        file.writestr("work.ipynb", RIGHT)
    return data.getvalue().replace(b"w0rk.ipynb", b"work.ipynb")


def encrypted() -> bytes:
    data = bytearray(archive(("work.ipynb", RIGHT)))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + flags] |= 1
    return bytes(data)


def damaged() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("work.ipynb", RIGHT)
    return data.getvalue().replace(b"A small unit", b"A sm@ll unit", 1)


def crowded() -> bytes:
    return archive(*((f"{number}.ipynb", b"") for number in range(20_001)))


NEW_LINES = "we\nird \x1b[31m..ipynb"
NAMES = archive(
    ("a\nb/../../up.ipynb", RIGHT),
    ("/etc/absolute.ipynb", RIGHT),
    ("..\\..\\windows.ipynb", RIGHT),
    (NEW_LINES, RIGHT),
    (linked("link.ipynb"), b"/etc/passwd"),
    ("__MACOSX/._work.ipynb", b"\0"),
    ("nested.zip", archive(("inner.ipynb", RIGHT))),
)
FOREIGN = json.dumps(new_notebook(cells=[new_code_cell("1")])).encode()
PARTS = b'{"nbformat": 4, "metadata": {}, "cells": [' + b"[]," * 600_000 + b"[]]}"
NUMBERS = RIGHT.replace(b'"metadata": {', b'"metadata": {"x": ' + b"9" * 10_000 + b", ", 1)
NAN = RIGHT.replace(b'"metadata": {', b'"metadata": {"x": [NaN, -Infinity, 1e999], ', 1)

CASES = [
    invalid("empty_file", b"", "the file is empty"),
    invalid("blank_file", b" \n\t\r\n", "the file is empty"),
    invalid("cut_short", RIGHT[:-40], "its JSON is broken"),
    invalid("binary_file", bytes(range(256)) * 100, "is not UTF-8 text"),
    attack("utf_16", RIGHT.decode().encode("utf-16")),
    invalid("latin_1", RIGHT.replace(b"small", "größer".encode("latin-1")), "is not UTF-8 text"),
    invalid("list_for_a_notebook", b"[1, 2]", "no nbformat number"),
    invalid("nested_deeply", b"[" * 100_000, "nested too deeply"),
    invalid("parts_without_end", PARTS, "too many parts"),
    invalid("number_of_10000_digits", NUMBERS, "its JSON is broken"),
    attack("not_a_number_in_metadata", NAN),
    attack("byte_order_mark", b"\xef\xbb\xbf" + RIGHT),
    attack("crlf_file", json.dumps(submission(), indent=1).replace("\n", "\r\n").encode()),
    attack("nbformat_2", second(stamp=False), says="known by their functions"),
    attack("nbformat_2_stamped", second(stamp=True), says="known by their functions"),
    attack("nbformat_3", third()),
    invalid("nbformat_5", version(5), "notebook format 5; save it as nbformat 4"),
    attack("nbformat_text", version("4")),
    invalid("nbformat_0", version(0), "no valid notebook"),
    attack("nbformat_4_99", RIGHT.replace(b'"nbformat_minor": 5', b'"nbformat_minor": 99')),
    invalid("cells_missing", b'{"nbformat": 4, "metadata": {}}', "no valid notebook"),
    invalid("cells_are_numbers", b'{"nbformat": 4, "cells": [7]}', "no valid notebook"),
    invalid("cells_of_odd_type", RIGHT.replace(b'"markdown"', b'"heading"'), "cell 1 is none"),
    invalid("foreign_notebook", FOREIGN, "no notebook of this course"),
    invalid("python_script", b"print('hello')\n", "its JSON is broken"),
    attack("large_100_MB", large),
    invalid("link_to_a_system_file", link("/etc/passwd"), "is a link to another file"),
    invalid("link_to_a_neighbour", beside_another, "is a link to another file"),
    invalid("link_to_itself", link("work.ipynb"), "is a link to another file"),
    invalid("pipe", lambda path: os.mkfifo(path), "is no regular file"),
    invalid("no_such_file", lambda path: None, "does not exist"),
    invalid("missing_notebook", folder_of("notes.txt"), "there is no notebook", file="handed_in"),
    Case("folder_with_odd_names", folder_of("-rf.ipynb", NEW_LINES), [GRADED, GRADED], "in"),
    invalid("zip_cut_short", NAMES[:200], "no readable zip file", file="a.zip"),
    invalid("zip_that_is_none", RIGHT, "no readable zip file", file="a.zip"),
    invalid("zip_without_notebook", archive(("a.txt", b"")), "no notebook", file="a.zip"),
    invalid("zip_encrypted", encrypted(), "cannot be read", file="a.zip"),
    invalid("zip_damaged", damaged(), "Bad CRC-32", file="a.zip"),
    invalid("zip_with_20001_files", crowded(), "more than 20,000 files", file="a.zip"),
    Case(
        "zip_with_odd_names",
        NAMES,
        [
            refused("points outside"),
            refused("points outside"),
            refused("points outside"),
            GRADED,
            refused("is a link"),
            GRADED,
        ],
        "a.zip",
    ),
    Case("zip_with_one_name_twice", twice(), [refused("twice"), GRADED], "a.zip"),
    Case("zip_bomb", bomb, [refused("cannot be read"), refused("Bad CRC-32")], "a.zip"),
    Case(
        "zip_called_notebook",
        archive(("work.ipynb", RIGHT)),
        [refused("is a zip file with another name")],
    ),
]
