"""A unit in another language is the same unit, and speaks to the learner in that language."""

import re
import shutil
from dataclasses import asdict
from pathlib import Path

import nbformat
import numpy as np
import pytest
from babel.messages.pofile import read_po, write_po
from conftest import ROOT
from in_browser import chromium, needs_chromium
from nbclient import NotebookClient
from playwright.sync_api import expect

from autograder import grade_notebook
from autograder.authoring.build import build, release
from autograder.authoring.translation import catalogues, renew, sentences, wanted
from autograder.cli import main
from autograder.course import AuthorError
from utils import language
from utils.judging.spec import read_contents, read_spec
from utils.judging.wire import names
from utils.learner.living_cell import living_cell

TRANSLATED = [
    (path.parents[1].name, path.stem) for path in ROOT.glob("solutions/*/translations/*.po")
]
UNIT, CODE = "02_forget_gate", "de"
WRONG = (
    "def forget_gate(x, h_prev, U_f, W_f, b_f):\n    return np.tanh(x @ U_f + h_prev @ W_f + b_f)"
)
RIGHT = WRONG.replace("np.tanh", "sigmoid")


def test_there_is_a_translated_unit_and_every_language_has_what_checks_say():
    assert (UNIT, CODE) in TRANSLATED
    assert {code for _, code in TRANSLATED} == set(language.known())


@pytest.mark.parametrize(("unit", "code"), TRANSLATED)
def test_the_catalogue_of_a_unit_is_complete_and_that_of_now(course, tmp_path, unit, code):
    path = course / "solutions" / unit / "translations" / f"{code}.po"
    copy = shutil.copy(path, tmp_path)
    _, left = renew(wanted(release(course, unit)), tmp_path / path.name, unit)
    assert left == 0 and path.read_text() == Path(copy).read_text()


@pytest.mark.parametrize("code", language.known())
def test_the_catalogue_of_what_checks_say_is_complete_and_that_of_now(tmp_path, code):
    path = language.PLACE / f"{code}.po"
    copy = shutil.copy(path, tmp_path)
    _, left = renew(sentences(), tmp_path / path.name, "checks")
    assert left == 0 and path.read_text() == Path(copy).read_text()
    for text, said in language.texts(path).items():
        holes = text.count(language.HOLE)
        assert holes == 0 or "{" in said, text
        assert holes == 0 or said.format(*range(holes)), text  # asks for no more than there is
        assert sorted(re.findall("`[^`]*`", text)) == sorted(re.findall("`[^`]*`", said)), text


def both(course, unit, code, file):
    ours = course / "notebooks" / unit / file
    return ours, course / "notebooks" / code / unit / file


@pytest.mark.parametrize(("unit", "code"), TRANSLATED)
def test_a_translated_unit_has_the_same_exercises_points_and_cases(course, unit, code):
    one, other = (path.read_bytes() for path in both(course, unit, code, "cases.npz"))
    assert names(one) == names(other)
    assert read_contents(one).exercises == read_contents(other).exercises
    assert [q.right for q in read_contents(one).questions] == [
        q.right for q in read_contents(other).questions
    ]
    for id in read_contents(one).exercises:
        english, translated = read_spec(one, id), read_spec(other, id)
        assert [c.points for c in english.checks] == [c.points for c in translated.checks]
        assert english.max_score == translated.max_score
        known = {check.name for check in translated.checks}
        assert all(known >= set(m.costs) for m in translated.misconceptions)
        numbers = [repr(asdict(case)) for spec in (english, translated) for case in spec.cases]
        assert numbers[: len(numbers) // 2] == numbers[len(numbers) // 2 :]


@pytest.mark.parametrize(("unit", "code"), TRANSLATED)
def test_a_translated_notebook_has_the_same_cells_and_no_broken_link(course, unit, code):
    paths = both(course, unit, code, f"{unit.partition('_')[2]}.ipynb")
    one, other = (nbformat.read(path, as_version=4).cells for path in paths)
    for a, b in zip(one, other, strict=True):
        assert (a.cell_type, a.id) == (b.cell_type, b.id)
        graded = [dict(cell.metadata.get("nbgrader", {})) for cell in (a, b)]
        for tags in graded:
            tags.pop("checksum", None)
        assert graded[0] == graded[1]
        for link in re.findall(r"\]\(([^)#:\s]+)\)", b.source):
            assert (paths[1].parent / link).exists(), link
    assert {p.name for p in paths[0].parent.iterdir()} == {
        p.name for p in paths[1].parent.iterdir()
    }


def answered(course, code, answer):
    """The translated notebook with an answer to its first exercise."""
    path = both(course, UNIT, code, "forget_gate.ipynb")[1]
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.id == "forget_gate")
    cell.source = answer
    return notebook, path


def shown(course, code, answer, tmp_path):
    notebook, path = answered(course, code, answer)
    place = tmp_path / "notebooks" / code / UNIT  # what is remembered of a learner stays there
    shutil.copytree(path.parent, place, dirs_exist_ok=True)
    resources = {"metadata": {"path": str(place)}}
    NotebookClient(notebook, resources=resources, allow_errors=True, timeout=120).execute()
    (cell,) = (c for c in notebook.cells if c.id == "check_forget_gate")
    (output,) = (
        o for o in cell.outputs if o.get("data", {}).get("text/html", "").startswith("<div")
    )
    return output.data["text/plain"], output.data["text/html"]


def test_a_check_speaks_german_and_says_which_mistake_it_is(course, tmp_path):
    said, html = shown(course, CODE, WRONG, tmp_path)
    assert said.startswith("forget_gate: 0 von 7 Punkten, noch nicht am Ziel")
    assert "Dein Forget-Gate benutzt tanh" in said and "erwartet: " in said
    assert "Ein Hinweis (1 von" in html and "Deine Antwort:" in html
    english = r"\b(expected|shape|points|Given|differ|hint)\b"
    assert not re.search(english, re.sub("<[^>]*>", " ", html) + said, re.IGNORECASE)
    said, _ = shown(course, CODE, RIGHT, tmp_path)
    assert said.startswith("forget_gate: alles richtig, 7 von 7 Punkten")


@needs_chromium
def test_the_living_cell_speaks_german_too(course, tmp_path, monkeypatch):
    place = tmp_path / "notebooks" / CODE / UNIT
    shutil.copytree(course / "notebooks" / CODE / UNIT, place)
    monkeypatch.chdir(place)

    def forget_gate(x, h_prev, U_f, W_f, b_f):
        return 1 / (1 + np.exp(-(x @ U_f + h_prev @ W_f + b_f)))

    cell = living_cell(forget_gate)
    alt = cell.static().alt
    assert "Schritt 1 von 30" in alt and "Streifen darunter: Forget-Gate f" in alt
    (tmp_path / "cell.html").write_text(f"<meta charset='utf-8'>{cell.to_html()}")
    with chromium() as browser:
        page = browser.new_page()
        page.goto((tmp_path / "cell.html").as_uri())
        page.get_by_label("Bias b_f").fill("2")
        expect(page.get_by_role("button")).to_have_text("Abspielen")
        expect(page.locator(".says")).to_contain_text("nach 5.46 Schritten ist die Hälfte weg")
        page.locator("[data-part=c_prev]").focus()
        expect(page.locator(".equation")).to_contain_text("einen Schritt zuvor hielt")
        shown = page.locator(".living-cell").inner_text()
        spoken = page.evaluate(
            "[...document.querySelectorAll('[aria-label],[aria-valuetext]')]"
            ".map(e => e.ariaLabel ?? e.ariaValueText).join(' ')"
        )
    english = r"\b(the|of|step|memory|gate|your|shown|read|weight|input|previous|sliders)\b"
    left = re.sub("(Forget|Input|Output)-Gate", "", f"{shown} {spoken}".replace("forget_gate", ""))
    assert not re.findall(english, left, re.IGNORECASE), left


def test_a_submission_in_german_is_graded_as_the_unit_it_is(course, tmp_path):
    notebook, _ = answered(course, CODE, RIGHT)
    nbformat.write(notebook, tmp_path / "abgabe.ipynb")
    report = grade_notebook(tmp_path / "abgabe.ipynb", course=course)
    assert (report.status, report.unit, report.score) == ("graded", UNIT, 7)


def test_what_is_put_into_a_sentence_is_translated_too():
    german = language.Language(language.texts(language.PLACE / "de.po"))
    assert german.say("expected shape (3, 5), got (5,)") == "erwartet: Form (3, 5), erhalten: (5,)"
    text = "3 of 6 entries differ, first at [0, 1]: expected 0.5, got 1"
    assert german.say(f"c: {text}").startswith(
        "c: 3 von 6 Einträgen sind anders, zuerst bei [0, 1]"
    )
    text = "forget_gate raised KeyError: 'f' (line 3: `return cache['f']`)"
    assert german.say(text) == (
        "forget_gate endete mit KeyError: 'f' (Zeile 3: `return cache['f']`)"
    )
    assert german.say("lstm takes (x) but is called with (x, h)").startswith("lstm nimmt")
    assert german.say("no sentence of ours: {") == "no sentence of ours: {"


# --- what an author does wrong -------------------------------------------------------------------


@pytest.fixture
def small(course, tmp_path):
    place = tmp_path / "course"
    shutil.copytree(course, place)
    return place


def change(path, begins, said):
    """Have the catalogue say something else for the text that begins so."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    (one,) = (m for m in catalogue if m.id and str(m.id).startswith(begins))
    one.string = said(one.string)
    with path.open("wb") as file:
        write_po(file, catalogue)


@pytest.mark.parametrize(
    "said",
    [
        lambda text: text.replace("np.array([1.0])", "np.array([2.0])"),
        lambda text: text.replace('"das', '"das {f}"; print("'),
        lambda text: text + ")",
    ],
)
def test_a_translation_that_changes_code_is_refused_with_file_and_cell(small, said):
    path = catalogues(small / "solutions" / UNIT)[CODE]
    change(path, "x, h_prev = np.array", said)
    with pytest.raises(AuthorError, match=r"de\.po.*x, h_prev = np\.array"):
        build(small, [UNIT], out=lambda line: None)


def test_what_was_changed_since_stands_in_english_until_somebody_has_looked(small, capsys):
    master = small / "solutions" / UNIT / "forget_gate.py"
    text = master.read_text()
    assert "# Try this: set everything to 0." in text
    master.write_text(
        text.replace("# Try this: set everything", "# Try this first: set everything")
    )
    assert build(small, [UNIT], out=lambda line: None) == 0
    place = both(small, UNIT, CODE, "forget_gate.ipynb")[1]
    assert "Try this first" in place.read_text() and "Wie vergisst man" in place.read_text()
    assert main(["--course", str(small), "translate", CODE, UNIT]) == 0
    assert "1 of them not translated" in capsys.readouterr().out
    assert build(small, [UNIT], out=lambda line: None) == 0
    assert "Try this first" in place.read_text()


def test_a_word_that_is_no_language_is_told(course, capsys):
    assert main(["--course", str(course), "translate", "deutsch", UNIT]) == 2
    assert "'deutsch' is no other language" in capsys.readouterr().err
    assert "de.po: line" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "old, new, said",
    [
        (b'msgstr "Das Forget-Gate"', b'msgstx "Das Forget-Gate"', "is no line of a catalogue"),
        (b'msgstr "Das Forget-Gate"', b'msgstr "Das Forget-Gate', "is no line of a catalogue"),
        (
            b'msgstr "Das Forget-Gate"',
            b'junk\nmsgstr "Das Forget-Gate"',
            "is no line of a catalogue",
        ),
        (b'msgstr "Das Forget-Gate"', b'msgstr "Das \xe9 Gate"', "is not UTF-8"),
        (b"charset=utf-8", b"charset=iso-8859-1", "does not say charset=utf-8"),
        (b"charset=utf-8", b"charset=klingon", "does not say charset=utf-8"),
        (None, b"", "does not say charset=utf-8"),
    ],
)
def test_a_broken_catalogue_is_named_and_left_as_it_is(small, capsys, old, new, said):
    path = catalogues(small / "solutions" / UNIT)[CODE]
    data = path.read_bytes()
    assert old is None or old in data
    path.write_bytes(data.replace(old, new) if old else new)
    broken = path.read_bytes()
    with pytest.raises(AuthorError, match=rf"de\.po: .*{said}"):
        build(small, [UNIT], out=lambda line: None)
    assert main(["--course", str(small), "translate", CODE, UNIT]) != 0
    assert said in capsys.readouterr().err and path.read_bytes() == broken


@pytest.mark.parametrize("name", ["fr copy", "zz", "FR", "en"])
def test_a_catalogue_that_is_named_by_no_language_is_refused(small, name):
    path = catalogues(small / "solutions" / UNIT)[CODE]
    shutil.copy(path, path.with_name(f"{name}.po"))
    with pytest.raises(AuthorError, match=rf"{name}\.po: '{name}' is no language"):
        build(small, [UNIT], out=lambda line: None)


def test_a_notebook_whose_catalogue_is_gone_is_named_and_left(small, capsys):
    build(small, [UNIT])
    left = small / "notebooks" / CODE / UNIT / "forget_gate.ipynb"
    shutil.rmtree(small / "solutions" / UNIT / "translations")
    capsys.readouterr()
    assert build(small, [UNIT], check=True) == 1
    said = f"{left.relative_to(small).as_posix()} is made from nothing any more"
    assert said in capsys.readouterr().out and left.is_file()


def test_what_the_learner_wrote_stays_as_it_is():
    """Names that are words of the catalogue too, in code and in sentences."""
    german = language.Language(language.texts(language.PLACE / "de.po"))
    for name in ("read", "input", "shown", "expected", "difference", "my_gate"):
        assert german.say(f"`{name}` is not known. Did you mean `{name}`?").count(name) == 2
        assert f"({name})" in german.say(f"takes ({name}) but is called with (x)")
    for word in ("first axis", "last axis"):
        said = german.say(f"Along the {word} only number 2 of 3 is wrong; the rest is right.")
        assert "Achse ist nur Nummer 2 von 3 falsch" in said


def test_a_brace_too_many_costs_a_learner_the_translation_alone():
    german = language.Language({"expected {}, got {}": "erwartet: {"})
    assert german.say("expected 1, got 2") == "expected 1, got 2"
