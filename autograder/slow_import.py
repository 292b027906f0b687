"""Imports that no command needs."""

from __future__ import annotations

import sys

_FORMATS = ("rfc3987_syntax", "rfc3986_validator", "isoduration")


def skip_slow_import() -> None:
    """Spare this process up to two seconds and 16 MB.

    jsonschema, which every notebook is validated with, reads the grammars of addresses and of
    durations where the packages for them are installed, and no notebook's schema asks for one.
    """
    for name in _FORMATS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
