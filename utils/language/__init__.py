"""What the course says, in the language of the notebook that runs.

The judge and all that explains what it found speak English: that is what reports and services
read. Where something is shown to a learner it goes through `say`, which knows the sentences of a
catalogue (`de.po` beside this file, in gettext's format), those with something put in too: what
went into "expected shape {}, got {}" is found again, itself translated, and put into the other
language's sentence. Whatever the catalogue does not know stays as it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

__all__ = [
    "HOLE",
    "Language",
    "catalogue_of",
    "in_script",
    "known",
    "language_here",
    "say",
    "texts",
    "words_here",
]

PLACE = Path(__file__).parent
HOLE = "{}"
_SAID = re.compile(r'\b(?:say|N_)\(\s*("(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*)')
_LINE = re.compile(r'\s*|#.*|((msgid|msgstr|msgctxt)\s+)?"([^"\\]|\\.)*"\s*')


def texts(path: Path) -> dict[str, str]:
    """The translated texts of a catalogue; those that wait for a look again are left out.

    Raises ValueError where it is none, with the line.
    """
    catalogue = catalogue_of(path)
    return {
        str(one.id): str(one.string) for one in catalogue if one.id and one.string and not one.fuzzy
    }


def catalogue_of(path: Path) -> Catalog:
    """A catalogue as it lies there, comments and all. Raises ValueError where it is none."""
    from babel.messages.pofile import read_po  # of no use to who reads English

    data = path.read_bytes()
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise ValueError(f"line {number} is not UTF-8: save the file in that encoding") from None
    for number, line in enumerate(lines, 1):
        if not _LINE.fullmatch(line):
            raise ValueError(f"line {number} is no line of a catalogue: {line}")
    header = re.search(r"charset=([\w-]+)", "\n".join(lines))
    if header is None or header[1].lower() != "utf-8":
        raise ValueError("its header does not say charset=utf-8")
    return read_po(BytesIO(data), locale=path.stem, charset="utf-8")


def in_script(script: str) -> list[str]:
    """The sentences of a script in JavaScript: what it passes to `say` or to `N_` as it stands."""
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', said)) for said in _SAID.findall(script)]


def known() -> list[str]:
    """The languages there are besides English, by their codes."""
    return sorted(path.stem for path in PLACE.glob("*.po"))


def language_here() -> str:
    """That of the notebook that runs, by the folder above its unit's: "de", or "en"."""
    return _language_of(Path.cwd().parent)


@cache
def _language_of(folder: Path) -> str:
    within = folder.parent.name == "notebooks" and folder.name in known()
    return folder.name if within else "en"


class Language:
    """Sentences of one language. sentences: English → that language, with {} for what is put in.

    What begins with a space, comma or colon stands behind something else, what ends with a space
    before it.
    """

    def __init__(self, sentences: dict[str, str]) -> None:
        self.whole = {text: said for text, said in sentences.items() if HOLE not in _open(text)}
        made = {_open(text): _open(said) for text, said in sentences.items()}
        # of two that fit, the one with more words of its own
        ordered = sorted(made.keys() - self.whole.keys(), key=_words, reverse=True)
        self.made = [(_pattern(text), _in_code(text), made[text]) for text in ordered]

    def say(self, text: str) -> str:
        """`text` in this language, `text` itself where it is not known."""
        said = self._known(text)
        if said is None:  # "forget_gate takes …" is a sentence without its subject
            subject, _, rest = text.partition(" ")
            predicate = self._known(rest) if subject.isidentifier() else None
            return text if predicate is None else f"{subject} {predicate}"
        return said

    def _known(self, text: str) -> str | None:
        if text in self.whole:
            return self.whole[text]
        for pattern, in_code, said in self.made:
            found = pattern.fullmatch(text)
            if found:
                pieces = zip(in_code, found.groups(), strict=True)
                put_in = (piece if code else self._put_in(piece) for code, piece in pieces)
                with suppress(ValueError, LookupError):  # a catalogue with a brace too many
                    return said.format(*put_in)
        return None

    def _put_in(self, piece: str) -> str:
        """What is put into a sentence: a name is the learner's own and stays, words are said."""
        return piece if piece.isidentifier() else self.say(piece)


def _in_code(template: str) -> list[bool]:
    """For each {}, whether it stands between backquotes: then it is code."""
    holes = re.finditer(re.escape(HOLE), template)
    return [template.count("`", 0, hole.start()) % 2 == 1 for hole in holes]


def _open(template: str) -> str:
    return HOLE * template.startswith((" ", ",", ":")) + template + HOLE * template.endswith(" ")


def _words(template: str) -> int:
    return len(template.replace(HOLE, ""))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, template.split(HOLE))), re.DOTALL)


@cache
def _texts_of(code: str) -> dict[str, str]:
    return {} if code == "en" else texts(PLACE / f"{code}.po")


@cache
def _language(code: str) -> Language | None:
    return None if code == "en" else Language(_texts_of(code))


def words_here(script: str) -> dict[str, str]:
    """A script's sentences → the language of the notebook that runs, {} and all; those it has."""
    known_here = _texts_of(language_here())
    return {text: known_here[text] for text in in_script(script) if text in known_here}


def say(text: str) -> str:
    """`text` in the language of the notebook that runs."""
    language = _language(language_here())
    return language.say(text) if language else text
