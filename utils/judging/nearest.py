"""Of a name that is not known: which one was probably meant?"""

from __future__ import annotations

import builtins
import contextlib
import sysconfig
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

LIKE = 0.6
_OURS = (
    str(Path(__file__).resolve().parents[1]),
    sysconfig.get_paths()["stdlib"],
    sysconfig.get_paths()["purelib"],
)


def is_learners(filename: str) -> bool:
    """Whether a line of this file is the learner's own: neither ours nor a library's."""
    return not filename.startswith(_OURS) and Path(filename).name != "earlier.py"


def nearest_name(error: BaseException) -> str:
    """What a NameError or AttributeError probably means; "" where nothing is like it."""
    name, names = getattr(error, "name", None), set[str]()
    like = 0.75 if isinstance(error, AttributeError) else LIKE  # there are hundreds of those
    with contextlib.suppress(Exception):  # a learner's object may answer dir() as it likes
        if isinstance(error, AttributeError):
            names = set(dir(error.obj))
        elif isinstance(error, NameError):
            tb = error.__traceback__
            while tb is not None:
                if is_learners(tb.tb_frame.f_code.co_filename):
                    names = {*tb.tb_frame.f_locals, *tb.tb_frame.f_globals, *dir(builtins)}
                tb = tb.tb_next
    if not isinstance(name, str):
        return ""
    return most_like(name, (n for n in names if isinstance(n, str)), like)


def most_like(name: str, names: Iterable[str], like: float = LIKE) -> str:
    """The one of `names` that was probably meant by `name`; "" where none is like it.

    like: the least share that two names must have in common, as difflib counts it.
    """
    possible = sorted(n for n in names if n != name and (n[:1] != "_" or name[:1] == "_"))
    begins = [n for n in possible if n.startswith(f"{name}_")]  # U for U_f
    turned = [n for n in possible if sorted(n) == sorted(name)]  # tahn is tanh rather than tan
    close = turned or get_close_matches(name, possible, 1, like)
    close = close or (begins if len(begins) == 1 else [])
    return close[0] if close else ""
