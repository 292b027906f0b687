"""The solution cells of a notebook on disk."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["NotUsable", "solution_cell"]


class NotUsable(Exception):
    """Why a learner's function cannot be used, in words."""


def solution_cell(path: Path, name: str) -> str:
    """The source of the cell that answers an exercise. Raises NotUsable with the reason."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            meta = cell.get("metadata", {}).get("nbgrader", {})
            if cell["cell_type"] == "code" and meta.get("grade_id") == name and meta["solution"]:
                text = cell["source"]
                return text if isinstance(text, str) else "".join(text)
    except FileNotFoundError:
        raise NotUsable(f"there is no notebook {path.parent.name}/{path.name}") from None
    except OSError as error:
        raise NotUsable(f"{path.name} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotUsable(f"{path.name} is damaged: it is no notebook") from None
    raise NotUsable(f"{path.name} has no solution cell {name}")
