"""What a submission wrote and shows, made into HTML that is harmless wherever a page is opened.

Markup is parsed and written anew with an allowed set of tags, attributes and styles; nothing of it
runs, loads or sends anything. Rendering happens in the grader, and a text can be made for which it
takes quadratic time: so texts beyond a length, and all texts once a page has taken its time, are
shown as they were written.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from functools import cache, lru_cache
from html import escape
from typing import Any

from bleach import Cleaner  # type: ignore[import-untyped]
from bleach.css_sanitizer import (  # type: ignore[import-untyped]
    ALLOWED_CSS_PROPERTIES,
    CSSSanitizer,
)
from nbconvert.filters import Highlight2HTML, ansi2html

from autograder.reports import formulas

MAX_RENDERED = 60_000  # characters of one markdown text or HTML output that are rendered
MAX_TAGS = 3_000  # of it; an animation's or a drawing's frames have some hundred
MAX_PLAIN = 5_000  # characters of a longer one that are shown
MAX_PAGE = 10_000_000  # characters that one page takes from its submission
SECONDS = 5.0  # of computing for one page

OWN_ID = "check-of-"  # what the page's own ids begin with, and no submission's

_SVG = "circle defs desc ellipse g line marker path polygon polyline rect svg text title tspan"
_TAGS = (
    "a abbr b blockquote br caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4 "
    "h5 h6 hr i img kbd li meter ol p pre s small span strong sub summary sup table tbody td th "
    "thead tr u ul"
)
_SHAPES = (
    "d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height viewBox points transform fill stroke "
    "stroke-width stroke-dasharray stroke-linecap stroke-linejoin opacity fill-opacity "
    "stroke-opacity font-size font-family font-style font-weight text-anchor dominant-baseline "
    "markerWidth markerHeight refX refY orient marker-end"
)
_EVERYWHERE = ["class", "style", "title", "role", "aria-label", "aria-hidden", "aria-describedby"]
_ATTRIBUTES = {
    "*": [*_EVERYWHERE, "id"],
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "meter": ["min", "max", "value"],
    "details": ["open"],
} | {tag: _SHAPES.split() for tag in _SVG.split()}
_ROLES = {"figure", "group", "img", "list", "listitem", "none", "note", "presentation"}
_STYLES = {*ALLOWED_CSS_PROPERTIES, "margin", "padding", "border", "border-radius"} - {"cursor"}
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
_EMBEDDED = re.compile(r"base64,[A-Za-z0-9+/=]+")  # a picture's data takes no time to pass on
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")


class Harmless:
    """Renders the texts of one page. formulas: drawn here, or left to the MathJax of the page."""

    def __init__(self, formulas: bool = True) -> None:
        self.formulas = formulas
        self.left = MAX_PAGE
        self.until = time.thread_time() + SECONDS

    def html(self, text: str) -> str:
        """An HTML output."""
        return self._render(text, _clean)

    def markdown(
        self, text: str, picture: Callable[[str], str] = lambda name: "", markup: bool = True
    ) -> str:
        """A text in Markdown; its headings go two levels down, below those of the page.

        picture: the name of an image → its data URI, or "". markup: whether HTML in it counts.
        """

        def render(text: str) -> str:
            rendered = re.sub(
                r'src="([^":]+|attachment:[^"]+)"',
                lambda m: f'src="{picture(m[1])}"',
                _markdown(text) if markup else formulas.markdown(text, markup=False),
            )
            lower = lambda m: f"{m[1]}{min(int(m[2]) + 2, 6)}"  # noqa: E731
            return formulas.formulas(
                re.sub(r"(</?h)([1-6])\b", lower, _clean(rendered)), self.formulas
            )

        return self._render(text, render)

    def source(self, text: str) -> str:
        """Python code, coloured."""
        return self._render(text, _highlight) if text.strip() else ""

    def terminal(self, text: str) -> str:
        """What was printed, or an error's traceback."""
        return f"<pre>{ansi2html(text)}</pre>" if self._room(text) else _note("output")

    def image(self, kind: str, data: str, alt: str) -> str:
        """A picture; data: base64, or the text of an SVG."""
        if not self._room(data):
            return _note("picture")
        uri = data_uri(kind, data)
        shown = escape(alt[:1000])
        return f'<img class="output" alt="{shown}" src="{uri}">' if uri else _note("picture")

    def _render(self, text: str, render: Callable[[str], Any]) -> str:
        if not self._room(text):
            return _note("text")
        long = len(text) > MAX_RENDERED and len(_EMBEDDED.sub("", text)) > MAX_RENDERED
        long |= text.count("<") > MAX_TAGS
        if not long and time.thread_time() < self.until:
            return str(render(text))
        more = _note("text") if len(text) > MAX_PLAIN else ""
        return f"<pre>{escape(text[:MAX_PLAIN])}</pre>{more}"

    def _room(self, text: str) -> bool:
        self.left -= len(text)
        return self.left > 0


def _remembered(render: Callable[[str], str]) -> Callable[[str], str]:
    """Most cells are the same in every submission, and what a cell shows is cleaned twice."""
    short, long = lru_cache(400)(render), lru_cache(20)(render)

    def known(text: str) -> str:
        if len(text) < 10_000:
            return short(text)
        return long(text) if len(text) < 300_000 else render(text)

    return known


@_remembered
def _markdown(text: str) -> str:
    return formulas.markdown(text)


@_remembered
def _highlight(text: str) -> str:
    return str(_highlighter()(text))


@_remembered
def _clean(text: str) -> str:
    return str(_cleaner().clean(text))


@cache  # both are made of large tables, for every page the same
def _highlighter() -> Highlight2HTML:
    return Highlight2HTML(pygments_lexer="python")


@cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags={*_TAGS.split(), *_SVG.split()},
        attributes=_allowed,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


def data_uri(kind: str, data: str | bytes) -> str:
    """An image inside the page, "" for what is none. data: its bytes, base64, or an SVG's text."""
    if kind not in _IMAGES:
        return ""
    if kind == "image/svg+xml" and isinstance(data, str):
        data = data.encode(errors="replace")
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode()
    return f"data:{kind};base64,{data.strip()}" if _BASE64.fullmatch(data) else ""


def _note(what: str) -> str:
    return f"<p><em>(more {what} is not shown here)</em></p>"


def _allowed(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES["*"] and name not in _ATTRIBUTES.get(tag, []):
        return False
    if name == "role" and value not in _ROLES:
        return False  # no landmarks and no live regions but the page's own
    if name == "id" and value.startswith(OWN_ID):
        return False
    if value.lstrip().lower().startswith("data:"):
        return tag == "img" and name == "src" and value.startswith("data:image/")
    return not (tag == "img" and name == "src")
