"""What a spec names instead of holding: a function of the course's own, as "module:function".

A spec is data (utils.judging.spec). Where an argument is a function or a generator, or what is
compared is measured first, the spec names the function that gives it, and this finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def named(reference: str) -> Callable[..., Any]:
    """The function that "module:function" names.

    module: one of `utils`, `numpy.random`, or a file that lies beside the unit's notebook. No other
    is imported for the sake of a file of numbers. Raises LookupError.
    """
    module, colon, name = reference.partition(":")
    if not colon:
        raise LookupError(f'{reference!r}: write "module:function"')
    if "." in module and module != "numpy.random" and not module.startswith("utils."):
        raise LookupError(f"{reference!r}: neither in utils nor beside the notebook")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{reference!r} names nothing: {error}") from None
