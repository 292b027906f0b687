"""`make book`: the course as a web book, for which a reader needs no network and no kernel.

    python docs/book/build.py [--out FOLDER] [--course FOLDER] [--kept FOLDER] [--lite ADDRESS]

Runs each unit's solution notebook (run.py: what did not change is not run again), makes pages of
them (pages.py), the cheat sheet and the glossary (reference.py), and has Sphinx build the book.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from autograder.course import units  # noqa: E402
from docs.book.pages import asking_nobody, page  # noqa: E402
from docs.book.reference import cheat_sheet, glossary  # noqa: E402
from docs.book.run import executed  # noqa: E402
from utils.judging.spec import read_contents, read_spec  # noqa: E402

LITE = """<p>Or try it with nothing to install:
<a href="{}">the notebooks in your browser</a>. Python runs in the page itself; NumPy comes from
Pyodide's servers. Not every unit has been tried there.</p>
"""
PARTS = {  # caption → the numbers of its first and last unit
    "The cell": (0, 8),
    "Backwards": (9, 11),
    "Training and data": (12, 15),
    "Further": (16, 99),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--course", type=Path, default=ROOT, help="the course to make a book of")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "book")
    parser.add_argument("--kept", type=Path, default=ROOT / "build" / "book-run",
                        help="where notebooks that have run are kept")  # fmt: skip
    parser.add_argument("--lite", default="", help="where the edition in a browser will lie")
    given = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    source = given.out.with_name(f"{given.out.name}-source")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE, source, ignore=_code)
    _mathjax(source / "static" / "mathjax")
    known = units(given.course)
    beside = []
    for unit in known:
        print(f"{unit} …", flush=True)
        beside += _unit(given.course, unit, source, given.kept)
    names = {unit[:2]: f"{unit}/{unit.partition('_')[2]}" for unit in known}
    (source / "glossary.md").write_text(glossary(names), encoding="utf-8")
    (source / "cheat-sheet.md").write_text(cheat_sheet(), encoding="utf-8")
    index = source / "index.md"
    text = index.read_text(encoding="utf-8")
    text = text.replace("LITE", LITE.format(given.lite) if given.lite else "")
    index.write_text(text.replace("TOCTREES", _toctrees(names, beside)), encoding="utf-8")
    shutil.rmtree(given.out, ignore_errors=True)
    return sphinx(["-q", "-W", "--keep-going", "-b", "html", "-d", str(source / ".doctrees"),
                   str(source), str(given.out)])  # fmt: skip


def _code(folder: str, names: list[str]) -> list[str]:
    """What of this folder Sphinx does not read."""
    return [name for name in names if name == "__pycache__" or (name.endswith(".py")
            and name != "conf.py")]  # fmt: skip


def _unit(course: Path, unit: str, source: Path, kept: Path) -> list[str]:
    """Write the page of a unit, with what it shows or links from beside it; gives those pages."""
    folder, name = course / "solutions" / unit, unit.partition("_")[2]
    place = source / unit
    place.mkdir()
    text = (folder / f"{name}.ipynb").read_text(encoding="utf-8")
    linked = [file for file in sorted(folder.iterdir()) if f"]({file.name})" in text]
    for file in linked:
        if file.suffix == ".md":
            text = file.read_text(encoding="utf-8")
            (place / file.name).write_text(asking_nobody(text), encoding="utf-8")
        else:
            shutil.copy(file, place)
    stored = (folder / "cases.npz").read_bytes()
    hints = {id: read_spec(stored, id).hints for id in read_contents(stored).exercises}
    made = page(executed(course, unit, kept), hints, f"notebooks/{unit}/{name}.ipynb")
    nbformat.write(made, place / f"{name}.ipynb")
    return [f"{unit}/{file.stem}" for file in linked if file.suffix == ".md"]


def _toctrees(names: dict[str, str], beside: list[str]) -> str:
    parts = {
        caption: [
            # the first page's own title is the book's
            f"0 · Start here <{page}>" if number == "00" else page
            for number, page in names.items()
            if first <= int(number) <= last
        ]
        for caption, (first, last) in PARTS.items()
    }
    parts["To look up"] = ["cheat-sheet", "glossary", *beside]
    return "\n".join(
        f":::{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n:::\n"
        for caption, pages in parts.items()
        if pages
    )


def _mathjax(place: Path) -> None:
    """MathJax as one file, from the package that carries it."""
    carried = find_spec("sphinx-mathjax-offline")
    if carried is None or carried.origin is None:
        raise SystemExit("Formulas need sphinx-mathjax-offline: pip install -e '.[book]'")
    place.mkdir(parents=True)
    shutil.copy(Path(carried.origin).parent / "static" / "mathjax" / "tex-svg.js", place)


if __name__ == "__main__":
    sys.exit(main())
