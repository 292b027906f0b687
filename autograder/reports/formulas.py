"""Markdown with its formulas as MathML, which a browser draws without running anything.

What a page shows is sanitised after it was rendered, and no sanitiser knows MathML well: a formula
passes it as a word that no submission can write, and is put in its place afterwards.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from html import escape, unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

LONGEST = 2_000  # characters of a formula; a longer one stays LaTeX
_WORD = f"formula{secrets.token_hex(16)}z"
_PLACE = re.compile(rf"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)|{_WORD}([bi])([0-9a-f]*)z""")
_NAMES = (
    "display displaystyle stretchy fence form separator accent mathvariant minsize maxsize width "
    "linethickness rowspacing columnspacing"
)
_ATTRIBUTES = frozenset(_NAMES.split())


class _Renderer(IPythonRenderer):
    def block_math(self, body: str) -> str:
        return _held(body, "b")

    def inline_math(self, body: str) -> str:
        return _held(body, "i")

    def latex_environment(self, name: str, body: str) -> str:
        return _held(rf"\begin{{{name}}}{body}\end{{{name}}}", "b")


def markdown(text: str, markup: bool = True) -> str:
    """The text as HTML that has yet to be made harmless; `formulas` then puts its formulas in.

    markup: whether HTML in it counts; else it is shown as it was typed.
    """
    renderer = _Renderer(escape=not markup, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(text))


def formulas(html: str, drawn: bool = True) -> str:
    """Harmless HTML with the formulas that `markdown` held back: drawn, in an attribute as text.

    drawn: false leaves them as LaTeX, for a page that has MathJax.
    """

    def put(match: re.Match[str]) -> str:
        tag, kind, held = match.groups()
        if tag:
            return re.sub(rf"{_WORD}[bi]([0-9a-f]*)z", lambda m: escape(_latex(m[1])), tag)
        return mathml(_latex(held), kind == "b") if drawn else _written(_latex(held), kind == "b")

    return _PLACE.sub(put, html)


@lru_cache(4_000)  # most are the course's own
def mathml(latex: str, block: bool) -> str:
    """A formula as MathML, or where that cannot be, as it was written.

    Source: MathML Core, https://www.w3.org/TR/mathml-core/.
    """
    if len(latex) > LONGEST:
        return _written(latex, block)
    plain = latex.replace(r"\_", "_").replace("{aligned}", "{align*}")
    try:
        root = convert_to_element(plain, display="block" if block else "inline")
    except Exception:  # a stranger's LaTeX: whatever it does to its reader
        return _written(latex, block)
    for element in root.iter():
        element.text = element.text and unescape(element.text)  # symbols come as references
        align = element.get("columnalign")
        for name in element.attrib.keys() - _ATTRIBUTES:
            del element.attrib[name]
        if align in ("left", "right"):
            element.set("style", f"text-align: {align}")
    return ElementTree.tostring(root, encoding="unicode")


def _written(latex: str, block: bool) -> str:
    return escape(f"$${latex}$$" if block else f"${latex}$")


def _held(latex: str, kind: str) -> str:
    return f"{_WORD}{kind}{latex.encode(errors='replace').hex()}z"


def _latex(held: str) -> str:
    return bytes.fromhex(held).decode()
