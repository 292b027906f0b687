"""A Sphinx extension: the first use of each word of the glossary on a page leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from utils.notation import TERMS

NOT_THE_GLOSSARYS = ("glossary", "cheat-sheet")
NOT_IN = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.raw,
    nodes.table,
    addnodes.pending_xref,
)

FORMS = {form.lower(): (term.name, form) for term in TERMS for form in (term.name, *term.also)}
# the longest first, so that "truncated BPTT" is not linked as "BPTT"; capitals count where a form
# has more than its first: "lstm" is a file, "LSTM" a word
WORDS = re.compile(
    r"(?<![\w-])("
    + "|".join(re.escape(form) for form in sorted(FORMS, key=len, reverse=True))
    + r")(s?)(?![\w-])",
    re.IGNORECASE,
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link(app: Sphinx, doctree: nodes.document) -> None:
    if app.env.docname in NOT_THE_GLOSSARYS:
        return
    linked: set[str] = set()
    for text in list(doctree.findall(nodes.Text)):
        if not _prose(text):
            continue
        parts = list(_parts(str(text), linked))
        if len(parts) > 1 or not isinstance(parts[0], nodes.Text):
            text.parent.replace(text, parts)


def _prose(text: nodes.Text) -> bool:
    node: Any = text.parent
    inside = False
    while node is not None:
        if isinstance(node, NOT_IN) or "cell_output" in node.get("classes", ()):
            return False
        inside = inside or isinstance(node, nodes.paragraph)
        node = node.parent
    return inside


def _parts(text: str, linked: set[str]) -> Iterator[nodes.Node]:
    at = 0
    for found in WORDS.finditer(text):
        name, form = FORMS[found[1].lower()]
        if name in linked or (form[1:] != form[1:].lower() and found[1] != form):
            continue
        linked.add(name)
        if found.start() > at:
            yield nodes.Text(text[at : found.start()])
        reference = addnodes.pending_xref(
            "", refdomain="std", reftype="term", reftarget=name, refexplicit=True, refwarn=True
        )
        reference += nodes.inline("", found[0], classes=["xref", "std", "std-term"])
        yield reference
        at = found.end()
    if at < len(text) or not text:
        yield nodes.Text(text[at:])
