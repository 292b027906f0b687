"""Landlock: a process gives up, for good, every file, TCP port and signal that it does not name.

The kernel's own documentation is Documentation/userspace-api/landlock.rst; the numbers are those of
include/uapi/linux/landlock.h. No library is needed and no right: any process may do this to itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on all machines
_ASK_VERSION, _PATH_BENEATH = 1, 1
_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_SPECIAL = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11  # make devices, sockets and pipes
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_FILES = [
    0,
    0x1FFF,
    0x3FFF,
    0x7FFF,
    0x7FFF,
    0xFFFF,
]  # by version: all rights to files
_TCP = 1 << 0 | 1 << 1  # bind and connect, from version 4
_SCOPES = 1 << 0 | 1 << 1  # abstract sockets and signals, from version 6

_libc = ctypes.CDLL(None, use_errno=True)  # opened once: it is slow
if hasattr(_libc, "syscall"):
    _libc.syscall.restype = ctypes.c_long


def version() -> int:
    """The version of Landlock's interface in this kernel, 0 where there is none."""
    with contextlib.suppress(OSError, AttributeError):
        return _call(_CREATE, None, 0, _ASK_VERSION)
    return 0


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """From now on this thread may only read below `readable`, and change below `writable` too.

    No TCP, no signal and no abstract socket reaches another process where the kernel knows how to
    guard these. What does not exist is passed over. OSError where the kernel refuses.
    """
    known = version()
    if known == 0:
        raise OSError("this kernel has no Landlock")
    files = _FILES[min(known, len(_FILES) - 1)]
    rules = struct.pack(
        "=QQQ", files, _TCP if known >= 4 else 0, _SCOPES if known >= 6 else 0
    )  # struct landlock_ruleset_attr, as long as this version knows it
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = _call(_CREATE, rules[:size], size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, files & (_READ | _LIST | _EXECUTE))
        for path in writable:
            _allow(ruleset, path, files & ~(_SPECIAL | _EXECUTE))
        if _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs was refused")
        _call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL  # what a file can have
        _call(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes | None) -> int:
    wide = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result = _libc.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result
