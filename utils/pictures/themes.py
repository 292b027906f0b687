"""One picture for light and for dark ground: an SVG that knows both.

It is drawn in the colours for light ground; a style inside it has the others, for where the page
that shows it is dark. What decides is the CSS property `color-scheme` of the page, which JupyterLab
4.3 and Notebook 7.3 set with their theme and GitHub with its own, or else what the reader's system
prefers; an <img> hands it on to the SVG in it (CSS Color Adjustment Module Level 1, 2.1). The
picture brings its own ground along, so it is legible too where a page is dark and does not say so.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import escape
from typing import Any

from utils.pictures.colours import on_dark

_PAINT = re.compile(r'\b(fill|stroke)="(#[0-9A-Fa-f]{6})"')


@dataclass(frozen=True)
class Picture:
    """An SVG picture and the text that says the same (`alt`)."""

    svg: str
    alt: str

    def html(self) -> str:
        """An <img> with alt text: JupyterLab would show a bare SVG without any."""
        data = base64.b64encode(self.svg.encode()).decode("ascii")
        return (
            f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}" '
            'style="max-width:100%;height:auto">'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def in_both_themes(svg: str) -> str:
    """`svg` with a style for dark ground; every colour is given by fill="#…" or stroke="#…"."""
    paints = sorted({(kind, colour) for kind, colour in _PAINT.findall(svg)})
    rules = "".join(
        f'[{kind}="{colour}"]{{{kind}:{on_dark(colour)}}}'
        for kind, colour in paints
        if on_dark(colour) != colour
    )
    style = f"<style>@media(prefers-color-scheme:dark){{{rules}}}</style>"
    end = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:end]}\n{style}{svg[end:]}"
