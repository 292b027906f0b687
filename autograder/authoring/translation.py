"""A unit in another language: `notebooks/de/02_forget_gate/`, made of the unit and a catalogue.

The catalogue, `solutions/02_forget_gate/translations/de.po`, is a file of gettext's, which
translators' programs open. In it stand the paragraphs of the notebook, the code cells that have
words in them, and what `exercises.py` says: checks, messages, hints, questions. Names, code, points
and cases are the unit's own: a translation that changes any of them is refused. What is not
translated yet, or was changed since, is shown in English.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from nbgrader.utils import compute_checksum

import utils
from autograder.course import AuthorError
from utils.judging.spec import Contents, Spec, pack_spec, read_contents, read_spec
from utils.judging.wire import names, to_bytes
from utils.language import HOLE, catalogue_of, in_script, texts

Say = Callable[[str], str]
CASES, PLACE = "cases.npz", "translations"
UNANSWERED = "YOUR ANSWER HERE"  # by which nbgrader knows that nothing was written
_NO_WORDS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\([^()\s]*\)|<[^>]*>", re.DOTALL)
# fields of a header that nobody has filled
_NOBODY = re.compile(r'"(Report|PO-Rev|POT-|Last-T|Language-T|Generated)')
_SVG_TEXT = re.compile(r"(?<=>)(?!@)[^<>]*[^\W\d_]{3}[^<>]*(?=<)")


def catalogues(folder: Path) -> dict[str, Path]:
    """The languages that a unit is translated into, each with its catalogue.

    Raises AuthorError for a file that is named by no language.
    """
    found = {path.stem: path for path in sorted((folder / PLACE).glob("*.po"))}
    for code, path in found.items():
        if not is_language(code):
            raise AuthorError(
                f"{path}: {code!r} is no language; the file is named by a code, as de"
            )
    return found


def translated(
    released: dict[str, bytes], catalogue: Path, write: Callable[[Any], bytes]
) -> dict[str, bytes]:
    """What a unit's release is in the language of a catalogue, file by file.

    write: makes a file of a notebook. Raises AuthorError where the catalogue cannot be read, or
    changes more than words.
    """
    known = _checked(catalogue, texts)

    def say(text: str) -> str:
        return known.get(text, text)

    made = {}
    for name, data in released.items():
        if name.endswith(".ipynb"):
            notebook = nbformat.reads(data.decode(), as_version=4)
            for cell in notebook.cells:
                _cell(cell, say, catalogue)
            made[name] = write(notebook)
        elif name.endswith(".svg"):
            made[name] = _SVG_TEXT.sub(lambda m: say(m[0]), data.decode()).encode()
        else:
            made[name] = _cases(data, say) if name == CASES else data
    return made


def wanted(released: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """(what there is to translate in a unit's release, where it stands), in order."""
    for name, data in released.items():
        if name.endswith(".ipynb"):
            for cell in nbformat.reads(data.decode(), as_version=4).cells:
                if cell.cell_type == "markdown":
                    yield from ((part, name) for part in _paragraphs(cell.source) if _told(part))
                elif _has_words(cell.source):
                    yield cell.source, f"{name}, code"
        elif name.endswith(".svg"):
            yield from ((text, name) for text in _SVG_TEXT.findall(data.decode()))
    said: list[str] = []

    def note(text: str) -> str:
        said.append(text)
        return text

    _cases(released[CASES], note)
    yield from ((text, "exercises.py") for text in said)


def renew(found: Iterable[tuple[str, str]], catalogue: Path, about: str) -> tuple[int, int]:
    """Bring a catalogue up to date, or begin one. Returns (texts, those not translated).

    found: what `wanted` or `sentences` gives. about: whose catalogue it is. A text that was changed
    keeps its translation, marked as fuzzy; one that is gone is kept as a comment.
    """
    now = Catalog(
        locale=catalogue.stem,
        project=about,
        header_comment="# See docs/translating.md",
        charset="utf-8",
        fuzzy=False,
    )
    for text, where in found:
        if text.strip():
            now.add(text, auto_comments=[where]).flags.clear()  # braces are LaTeX's here
    if catalogue.is_file():
        before = _checked(catalogue, catalogue_of)
        before.update(now)
        now = before
    written = BytesIO()
    write_po(written, now, width=100)
    lines = written.getvalue().decode().splitlines(keepends=True)
    catalogue.parent.mkdir(exist_ok=True)
    catalogue.write_text("".join(x for x in lines if not _NOBODY.match(x)), encoding="utf-8")
    entries = [one for one in now if one.id]
    return len(entries), sum(not one.string or one.fuzzy for one in entries)


def _checked(catalogue: Path, read: Callable[[Path], Any]) -> Any:
    """What `read` makes of a catalogue. Raises AuthorError where it is none."""
    try:
        return read(catalogue)
    except (OSError, ValueError) as error:
        raise AuthorError(f"{catalogue}: {error}") from None


def is_language(code: str) -> bool:
    """Whether a language other than English has this code, as "de" or "pt_BR"."""
    try:
        return code != "en" and str(Locale.parse(code)) == code
    except (UnknownLocaleError, ValueError):
        return False


# --- what the checks say -------------------------------------------------------------------------

SAID_IN = (
    "check.py",
    *(f"pictures/{name}" for name in ("diagram.py", "living_cell.js", "living_cell.py")),
    *(
        f"judging/{name}.py"
        for name in ("compare", "diagnose", "endless", "heat", "judge", "report", "run")
    ),
    *(f"learner/{name}.py" for name in ("causes", "course", "quiz", "session", "stuck")),
    *(f"learner/{name}.py" for name in ("cell_experiments", "living_cell")),
)
"""The modules of `utils` whose sentences learners read."""


def sentences() -> Iterator[tuple[str, str]]:
    """(a sentence that a check may say, with {} for what is put in; its module), in order."""
    for name in SAID_IN:
        text = (Path(utils.__path__[0]) / name).read_text(encoding="utf-8")
        if name.endswith(".js"):
            yield from ((said, f"utils/{name}") for said in dict.fromkeys(in_script(text)))
            continue
        tree = ast.parse(text)
        found = [*_said_outright(tree)]
        if not name.startswith("pictures/"):  # most texts there are SVG
            found += (text for text in _texts(tree) if _is_sentence(text))
        yield from ((text, f"utils/{name}") for text in dict.fromkeys(found))


def _said_outright(tree: ast.AST) -> Iterator[str]:
    """What stands between the parentheses of say(…), a word alone too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            yield from (text for text in _texts(node) if re.search(r"[^\W\d_]{2}", text))


def _is_sentence(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+|{}", text)
    told = [word for word in words if word != HOLE]
    markup = re.search(r"[<>]|[a-z-]+:[^ ;]+;", text)
    return bool(told) and len(words) > 1 and " " in text.strip() and not markup


def _texts(node: ast.AST) -> Iterator[str]:
    """Every text in a piece of code but docstrings, {} for what is put into it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.JoinedStr):
            parts = (str(v.value) if isinstance(v, ast.Constant) else HOLE for v in child.values)
            yield re.sub(r"({})+", HOLE, "".join(parts))
            inner = (v for v in child.values if isinstance(v, ast.FormattedValue))
            for value in inner:
                yield from _texts(value)
        elif isinstance(child, ast.Subscript):
            while isinstance(child, ast.Subscript):  # what stands between the brackets is a key
                child = child.value
            yield from _texts(ast.Expr(child))
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        else:
            yield from _texts(child)


# --- a notebook ----------------------------------------------------------------------------------


def _paragraphs(source: str) -> list[str]:
    return [part for part in re.split(r"\n{2,}", source) if part.strip()]


def _told(paragraph: str) -> bool:
    """Whether there are words in a paragraph besides formulas, code and links."""
    if paragraph == UNANSWERED:
        return False
    return re.search(r"[^\W\d_]{2}", _NO_WORDS.sub(" ", paragraph)) is not None


def _has_words(code: str) -> bool:
    """Whether a cell has a comment, or a text of more than one word."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    parts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    told = any(isinstance(part, str) and re.search(r"[^\W\d_]{2}.* ", part) for part in parts)
    return told or re.search(r"(^|\s)# (?!fmt)", code) is not None


def _cell(cell: Any, say: Say, catalogue: Path) -> None:
    if cell.cell_type == "markdown":
        pieces = re.split(r"(\n{2,})", cell.source)
        cell.source = "".join(map(say, pieces))
        return
    said = say(cell.source)
    if said == cell.source:
        return
    if not _same_code(said, cell.source):
        raise AuthorError(
            f"{catalogue}: the cell {cell.source.splitlines()[0]!r} is other code there"
        )
    cell.source = said
    tags = cell.metadata.get("nbgrader")
    if tags and "checksum" in tags:
        tags["checksum"] = compute_checksum(cell)


def _same_code(one: str, other: str) -> bool:
    try:
        return _wordless(one) == _wordless(other)
    except SyntaxError:
        return False


def _wordless(code: str) -> str:
    """The code without its texts; what is put into a text may stand in another order."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            put_in = [value for value in node.values if isinstance(value, ast.FormattedValue)]
            node.values = sorted(put_in, key=ast.dump)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


# --- what the exercises say ----------------------------------------------------------------------


def _cases(data: bytes, say: Say) -> bytes:
    stored: dict[str, Any] = {"contents": (asdict(_contents(read_contents(data), say)), {})}
    for id in names(data):
        if id != "contents":
            stored[id] = pack_spec(_spec(read_spec(data, id), say))
    return to_bytes(stored, compressed=True)


def _contents(contents: Contents, say: Say) -> Contents:
    questions = tuple(
        replace(
            question,
            text=say(question.text),
            options=tuple(map(say, question.options)),
            answers=tuple(map(say, question.answers)),
        )
        for question in contents.questions
    )
    return replace(contents, title=say(contents.title), questions=questions)


def _spec(spec: Spec, say: Say) -> Spec:
    checks = tuple(
        replace(check, name=say(check.name), says=say(check.says)) for check in spec.checks
    )
    mistakes = tuple(
        replace(
            mistake,
            message=say(mistake.message),
            costs=tuple(map(say, mistake.costs)),
            hints=tuple(map(say, mistake.hints)),
        )
        for mistake in spec.misconceptions
    )
    return replace(spec, checks=checks, misconceptions=mistakes, hints=tuple(map(say, spec.hints)))
