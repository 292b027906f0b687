"""`cell_map()`: the picture of the LSTM cell, lit up as far as the learner has built it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from utils.learner.course import ROOT
from utils.learner.progress import BACKWARDS, FORWARDS, cell_in_words, parts
from utils.pictures.diagram import cell

__all__ = ["CellMap", "cell_map"]

_GIVEN = ("x",)  # nobody has to build the input


class CellMap:
    """Two pictures of the cell, the way there and the way back, and the same in words."""

    def __init__(self, root: Path = ROOT) -> None:
        self.words = cell_in_words(root)
        self.pictures = [
            cell(lit=(*_GIVEN, *_lit(built_by, root)), title=title)
            for title, built_by in (
                ("What you have built", FORWARDS),
                ("… and its way back, against the arrows", BACKWARDS),
            )
        ]

    def __repr__(self) -> str:
        return "\n".join(self.words)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        figures = "".join(
            f"<figure style='flex:1 1 24em;margin:0'>{picture.html()}<figcaption>{escape(words)}"
            f"</figcaption></figure>"
            for picture, words in zip(self.pictures, self.words, strict=True)
        )
        html = f"<div style='display:flex;flex-wrap:wrap;gap:1em'>{figures}</div>"
        return {"text/plain": repr(self), "text/html": html}


def _lit(built_by: dict[str, tuple[str, ...]], root: Path) -> list[str]:
    return [part.replace(" ", "_") for part, own in parts(built_by, root).items() if own]


def cell_map(root: Path = ROOT) -> CellMap:
    """Each part of the cell in colour whose exercises pass their checks, the others in grey."""
    return CellMap(root)
