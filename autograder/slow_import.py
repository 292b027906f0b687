"""An import that no command needs."""

from __future__ import annotations

import sys


def skip_slow_import() -> None:
    """Spare this process two seconds and 16 MB.

    jsonschema, which every notebook is validated with, builds the grammar of international
    addresses where the package for it is installed, and no notebook's schema asks for one.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
