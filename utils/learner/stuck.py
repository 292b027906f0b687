"""Words for whoever is stuck not in an exercise but in the notebook around it.

A name that is gone since the kernel was restarted, a cell that did not run or was changed since, an
answer in another cell, a notebook that was moved, a loop without end: Python's own words for these
say what, not why.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from utils.judging.endless import Patience, where_stopped
from utils.judging.nearest import most_like, nearest_name
from utils.judging.report import box, prose
from utils.judging.spec import Outcome
from utils.language import say
from utils.learner.course import ROOT, UnknownExercise, find_question, find_spec
from utils.learner.session import Run, defined_in, runs, watch

__all__ = ["Words", "about_answer", "install", "not_run_as_it_is", "unknown_in"]

ABOVE = "Choose Run → Run All Above Selected Cell in the menu, then run this cell again"


_patience = Patience()


class Words:
    """A few sentences in a box, and as plain text."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = tuple(map(say, sentences))

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        inside = "".join(f"<p style='margin:.2em 0'>{prose(s)}</p>" for s in self.sentences)
        return {"text/plain": repr(self), "text/html": box(inside, escape(say("What happened")))}


def install() -> None:
    """Begin to watch, and say more of names that are not found and of loops without end."""
    shell = get_ipython()
    if shell is not None and watch():
        shell.set_custom_exc((Exception, KeyboardInterrupt), _explain)
        shell.events.register("pre_run_cell", _patience.begin)
        shell.events.register("post_run_cell", _patience.end)


def _explain(
    shell: Any, kind: type, error: BaseException, tb: TracebackType, tb_offset: Any = None
) -> None:
    shell.showtraceback((kind, error, tb), tb_offset=tb_offset)
    _put_away_empty_figures()
    words = ""
    if isinstance(error, KeyboardInterrupt):
        words = where_stopped(tb, _patience.seconds())
    elif isinstance(error, ModuleNotFoundError):
        words = why_not_found(error.name or "")
    elif type(error) is NameError and error.name:
        words = why_unknown(error.name, nearest_name(error))
    elif isinstance(error, NotImplementedError):
        words = not_written(tb)
    elif isinstance(error, TypeError):
        words = called_in_check(str(error), str(shell.user_ns.get("In", [""])[-1]))
    if words:
        display(Words(words))


def not_written(tb: TracebackType | None) -> str:
    """Which exercise a cell needs that is not solved yet; "" where the error is another one's."""
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    name = tb.tb_frame.f_code.co_name if tb is not None else ""
    if not any(cell["answers"] == name for cell in _saved_cells()):
        return ""
    return (
        f"This cell needs `{name}`, which is not written yet: its own cell, further up, still ends "
        f"in `raise NotImplementedError`. Write it, run it, then run this cell again."
    )


def called_in_check(error: str, cell: str) -> str:
    """What to write instead of `check(forget_gate())`, which ended in `error`; else ""."""
    called = re.search(r"^check\(\s*(\w+)\s*\(", cell, re.MULTILINE)
    if called is None or not error.startswith(called[1] + "() missing"):
        return ""
    return (
        f"With parentheses behind it, `{called[1]}()` is called at once, without arguments. The "
        f"check calls it itself: write `check({called[1]})`."
    )


def _put_away_empty_figures() -> None:
    """What a cell had begun when it ended in an error: axes without anything say nothing."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if not any(ax.has_data() for ax in figure.axes):
            plt.close(figure)


def why_not_found(module: str) -> str:
    """Why a module of the course is not found; "" for any other."""
    if module == "earlier":
        return (
            "`earlier.py` lies beside the notebook that needs it, in the unit's folder under "
            f"`notebooks/`. This notebook runs in `{Path.cwd()}`, where it is not. Was the "
            "notebook moved or copied? Move it back into its folder, or open it there, and run it "
            "again."
        )
    if module.partition(".")[0] == "utils":
        return (
            f"The course has no `{module}`. The cell may be from another release of the course: "
            "`make update` in a terminal renews it and keeps what you have written."
        )
    return ""


def why_unknown(name: str, nearest: str = "") -> str:
    """Why a name is not known in this kernel, and what to do. nearest: what may be meant by it."""
    done = runs()
    last = next((run for run in reversed(done) if name in run.defines), None)
    if last is not None and last.no_python:
        return (
            f"`{name}` does not exist yet: its cell was run (In [{last.number}]), but it is no "
            f"Python ({last.no_python}). Mend it, run it, then run this cell again."
        )
    if last is not None and last.failed:
        return (
            f"`{name}` comes from the cell that ran as In [{last.number}] and begins "
            f"`{last.begins}`. It ended in an error before `{name}` had a value: mend what that "
            f"error tells of and run it, then run this cell again."
        )
    cells = _saved_cells() if last is None else []
    home = next((cell for cell in cells if name in cell["defines"]), None)
    if home is not None:
        first = next(i for i, cell in enumerate(cells) if cell["code"])
        if cells.index(home) == first:
            where = "the notebook's first code cell"
        else:
            where = f"another cell, which begins `{home['begins']}`"
        return (
            f"`{name}` comes from {where}. That cell has not run since the kernel was started or "
            f"restarted: then all names are gone. {ABOVE}."
        )
    with suppress(UnknownExercise):
        unit = find_spec(name).unit
        if unit != Path.cwd().name:
            return (
                f"`{name}` is an exercise of unit {unit}, not of this notebook: do it there, where "
                f"its check stands too."
            )
    with suppress(UnknownExercise):
        find_question(name)
        return f"`{name}` is a question. Put its name between quotes: `ask('{name}')`."
    meant = nearest or most_like(name, {n for cell in cells for n in cell["defines"]})
    if meant:
        return f"`{name}` is not known. Did you mean `{meant}`?"
    return (
        f"`{name}` is not known: no cell that has run since the kernel was started defines or "
        f"imports it. {ABOVE}; if it is a name of yours, see how you spelt it where you made it."
    )


def unknown_in(outcomes: Sequence[Outcome]) -> str:
    """Where an answer failed for a name that is not known: why, and what to do; else ""."""
    failure = next((outcome.failure for outcome in outcomes if outcome.failure), None)
    if failure is None or failure.type != "NameError" or failure.message.count("'") < 2:
        return ""
    return why_unknown(failure.message.split("'")[1], failure.nearest)


def not_run_as_it_is(name: str) -> str:
    """Why what this kernel knows of an exercise is not what its cell says now; else "".

    The cell was no Python when it ran last, or defined another name. Then nothing is judged.
    """
    last = next((run for run in reversed(runs()) if name in run.defines), None)
    if last is None:
        return ""
    own = next((cell for cell in _saved_cells() if cell["answers"] == name), None)
    since = [run for run in runs() if own and run.cell == own["id"] and run.number > last.number]
    if since and since[-1].defines and not since[-1].no_python:
        number, other = since[-1].number, min(since[-1].defines)
        return (
            f"Not judged: the cell of `{name}` was run last as In [{number}], and then it defined "
            f"`{other}`. What this kernel still knows is an older `{name}`. Mend the name, run the "
            f"cell, then run this check again."
        )
    if not last.no_python:
        return ""
    return (
        f"Not judged: the cell of `{name}` was run last as In [{last.number}], and it is no "
        f"Python ({last.no_python}). What this kernel still knows is an older `{name}`. Mend the "
        f"cell, run it, then run this check again."
    )


def about_answer(name: str) -> str:
    """What is odd about where the judged function comes from, "" where nothing is known to be."""
    saved = {cell["id"]: cell for cell in _saved_cells() if cell["code"]}
    last = next((run for run in reversed(runs()) if name in run.defines), None)
    own = next((cell for cell in saved.values() if cell["answers"] == name), None)
    if last is None or own is None or last.cell not in saved:
        return ""
    if last.cell != own["id"]:
        return _elsewhere(name, last, own)
    if own["at"] > last.at and own["source"].strip() != last.source.strip():
        return (
            f"The cell of `{name}` was changed after it ran (In [{last.number}]), as the notebook "
            f"was saved. Judged here is what ran. Run the cell, then this check again."
        )
    return ""


def _elsewhere(name: str, last: Run, own: dict[str, Any]) -> str:
    begins = f", which begins `{last.begins}`" if last.begins != own["begins"] else ""
    return (
        f"Judged here is the `{name}` of another cell (In [{last.number}]{begins}), for that one "
        f"ran last. Later units and whoever grades your work read the exercise's own cell, the "
        f"one above this check: put your answer there, and run it."
    )


def _saved_cells() -> list[dict[str, Any]]:
    """The cells of the running notebook, as it was last saved; none where it is not known."""
    here = Path.cwd()
    path = here / f"{here.name.partition('_')[2]}.ipynb"
    if ROOT not in here.parents or not path.is_file():
        return []
    try:
        at, cells = path.stat().st_mtime, json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [_saved(cell, at) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # a damaged notebook is another trouble, and JupyterLab tells of it


def _saved(cell: dict[str, Any], at: float) -> dict[str, Any]:
    text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    code = cell["cell_type"] == "code"
    grading = cell.get("metadata", {}).get("nbgrader", {})
    return {
        "id": cell.get("id", ""),
        "code": code,
        "source": text,
        "begins": next((line.strip() for line in text.splitlines() if line.strip()), ""),
        "defines": defined_in(text) if code else frozenset(),
        "answers": grading.get("grade_id") if grading.get("solution") else None,
        "at": at,
    }
