"""Notebooks whose cells, marks or texts were altered, by accident or on purpose."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from small_course import UNIT, cell_of, submission

from hostile.case import attack
from hostile.honest import real

WRONG = "def double(x):\n    return 3 * x"


def edited(edit: Callable[[Any], object], **answers: str) -> Any:
    """A submission after `edit(notebook)`."""
    notebook = submission(**answers)
    edit(notebook)
    return notebook


def marks(notebook: Any, id: str) -> Any:
    return cell_of(notebook, id).metadata.nbgrader


def change_marks(id: str, **changed: Any) -> Any:
    return edited(lambda n: marks(n, id).update(changed))


def set_source(id: str, source: str, **answers: str) -> Any:
    return edited(lambda n: cell_of(n, id).update(source=source), **answers)


def delete(notebook: Any, *ids: str) -> None:
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in ids
    ]


def paste(notebook: Any, *ids: str) -> None:
    """Copies of cells at the end, marks and all, as JupyterLab pastes them."""
    for id in ids:
        notebook.cells.append(copy.deepcopy(cell_of(notebook, id)))


def retried_below() -> Any:
    """Wrong at first; then exercise and check are pasted at the end and solved there."""
    notebook = submission(double=WRONG)
    paste(notebook, "double", "check_double")
    notebook.cells[-2].source = "def double(x):\n    return 2 * x"
    return notebook


def check_above() -> Any:
    notebook = submission()
    notebook.cells.insert(2, notebook.cells.pop(3))
    assert notebook.cells[2].source == "check(double)"
    return notebook


def ordinary_cells_moved() -> Any:
    notebook = submission()
    notebook.cells.insert(1, new_code_cell("note = 'mine'"))
    notebook.cells.append(notebook.cells.pop(0))
    return notebook


def exercises_moved() -> Any:
    """The second exercise with its check before the first."""
    notebook = submission()
    notebook.cells[2:6] = notebook.cells[4:6] + notebook.cells[2:4]
    return notebook


def without_marks(stamp: bool) -> Any:
    notebook = submission()
    for cell in notebook.cells:
        cell.metadata = {}
    if stamp:
        notebook.metadata["lstm_course"] = {"unit": UNIT}
    return notebook


def self_made() -> Any:
    notebook = submission(double=WRONG)
    own = {"grade_id": "bonus", "grade": True, "solution": False, "locked": True, "points": 100}
    notebook.cells.append(new_code_cell("100.0", metadata={"nbgrader": own}))
    return notebook


def reformatted() -> Any:
    notebook = submission()
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "  \r\n\r\n"
    cell_of(notebook, "check_double").source = "check( double )"
    return notebook


def lab_metadata() -> Any:
    notebook = submission()
    notebook.metadata.update(widgets={"state": {}}, toc={"base_numbering": 1}, language_info={})
    for number, cell in enumerate(notebook.cells):
        cell.metadata.update(
            collapsed=True, tags=["raises-exception"], editable=False, slideshow={"slide_type": ""}
        )
        cell.id = "same"
        if cell.cell_type == "code":
            cell.execution_count = 1000 - number
    return notebook


def forged_outputs() -> Any:
    notebook = submission(double=WRONG)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            text = {"text/plain": "5.0"}
            cell.outputs = [new_output("execute_result", text, execution_count=1)]
    return notebook


def swapped_ids() -> Any:
    notebook = submission()
    marks(notebook, "double").grade_id = "?"
    marks(notebook, "total").grade_id = "double"
    marks(notebook, "?").grade_id = "total"
    return notebook


def of_two_units() -> Any:
    notebook = submission()
    notebook.cells += [c for c in real().cells if "forget_gate" in str(c.metadata)][:2]
    return notebook


def wrong_kernel() -> Any:
    notebook = submission()
    notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    notebook.metadata.language_info = {"name": "R"}
    return notebook


def odd_marks() -> Any:
    notebook = submission()
    notebook.cells[0].metadata["nbgrader"] = "grade me"
    notebook.cells[1].metadata["nbgrader"] = {"grade_id": ["a", "list"], "points": float("1e308")}
    notebook.cells.insert(
        1, new_code_cell("1", metadata={"nbgrader": {"grade_id": "\ud800\x1b" * 50}})
    )
    return notebook


def many_inventions() -> Any:
    notebook = submission()
    for number in range(500):
        own = {"nbgrader": {"grade_id": f"bonus_{number}", "grade": True, "points": 5}}
        notebook.cells.append(new_code_cell("5.0", metadata=own))
    return notebook


SCRIPT = "<script>fetch('http://127.0.0.1:%PORT%/script')</script>"
MARKUP = f"""{SCRIPT}<img src="http://127.0.0.1:%PORT%/img" onerror="document.title='pwned'">
<svg onload="document.title='pwned'"><script>document.title='pwned'</script>
<image href="http://127.0.0.1:%PORT%/svg"/></svg><iframe src="http://127.0.0.1:%PORT%/frame"></iframe>
<a href="javascript:document.title='pwned'">a link</a><style>@import "http://127.0.0.1:%PORT%/css";
body {{ display: none }}</style><meta http-equiv="refresh" content="0;url=http://127.0.0.1:%PORT%/go">
<form action="http://127.0.0.1:%PORT%/form"><input autofocus onfocus="document.title=1"></form>
<p style="background:url(http://127.0.0.1:%PORT%/background);position:fixed;top:0">covers</p>
<base href="http://127.0.0.1:%PORT%/"><object data="http://127.0.0.1:%PORT%/o"></object>
<video src="http://127.0.0.1:%PORT%/video" autoplay></video><b>bold stays</b>
<math><mtext></form><form><mglyph><style></math><img src onerror="document.title='pwned'">
<noscript><p title="</noscript><img src=x onerror=document.title='pwned'>"></noscript>
"""
SHOWS = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
import ipywidgets
markup = {MARKUP!r}
display(HTML(markup), Markdown(markup), Javascript("document.title='pwned'"))
display({{"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + markup}},
        raw=True)
display({{"image/png": '"><script>document.title="x"</script>', "text/plain": markup}}, raw=True)
display({{"image/png": "AAAA", "text/plain": '"onerror="document.title=1'}}, raw=True,
        metadata={{"alt": '" onerror="document.title=1', "image/png": {{"alt": '"><script>'}}}})
display({{"application/javascript": "document.title='pwned'", "text/html": markup}}, raw=True)
display(ipywidgets.HTML(markup))
print(markup, "\\x1b[31m<script>document.title='pwned'</script>\\x1b[0m")
raise ValueError(markup)
"""


def shows_markup() -> Any:
    notebook = submission(before=SHOWS.strip())
    notebook.cells[0].source = (
        f"# Mine\n{MARKUP}\n\n[x](javascript:document.title='pwned') " + MARKUP
    )
    explained = cell_of(notebook, "explain_small")
    explained.source = f"Because $x$. {MARKUP} ![p](attachment:a.png)"
    explained.attachments = {"a.png": {"image/png": '"><script>document.title="pwned"</script>'}}
    return notebook


BRACKETS = "[" * 300_000
CASES = [
    attack("pasted_solution", edited(lambda n: paste(n, "double")), says="was there twice"),
    attack(
        "pasted_check", edited(lambda n: paste(n, "check_double")), says="its last place counts"
    ),
    attack("pasted_and_solved_below", retried_below(), says="was there twice"),
    attack("pasted_all", edited(lambda n: n.cells.extend(copy.deepcopy(n.cells)))),
    attack("check_moved_above", check_above(), says="stood above double"),
    attack("ordinary_cells_moved", ordinary_cells_moved()),
    attack("exercises_moved", exercises_moved()),
    attack("whitespace_and_CRLF", reformatted()),
    attack("metadata_of_jupyterlab", lab_metadata()),
    attack("wrong_kernelspec", wrong_kernel()),
    attack("ids_of_exercises_swapped", swapped_ids()),
    attack("cells_of_another_unit", of_two_units(), "tampered", "is not part of this unit"),
    attack(
        "solution_made_markdown",
        edited(lambda n: cell_of(n, "double").update(cell_type="markdown")),
        says="was made a markdown cell",
    ),
    attack(
        "solution_deleted",
        edited(lambda n: delete(n, "double")),
        says="the cell double is missing",
        double=0,
    ),
    attack(
        "solution_in_another_cell",
        edited(lambda n: delete(n, "double"), before="def double(x):\n    return 2 * x"),
        says="the cell double is missing",
    ),
    attack(
        "checks_deleted",
        edited(lambda n: delete(n, "check_double", "check_total", "limit_is_seven")),
        "tampered",
        "check_double was missing",
    ),
    attack(
        "check_edited",
        set_source("check_double", "5.0", double=WRONG),
        "tampered",
        "the locked cell check_double was changed",
        double=0,
    ),
    attack(
        "plain_grade_cell_edited",
        set_source("limit_is_seven", "assert True", limit="limit = 3"),
        "tampered",
        "limit_is_seven was changed",
        limit_is_seven=0,
    ),
    attack(
        "check_made_markdown",
        edited(lambda n: cell_of(n, "check_double").update(cell_type="markdown")),
        "tampered",
        "was made a markdown cell",
    ),
    attack(
        "check_made_raw",
        edited(lambda n: cell_of(n, "limit_is_seven").update(cell_type="raw")),
        "tampered",
        "was made a raw cell",
    ),
    attack(
        "points_99",
        change_marks("check_double", points=99),
        "tampered",
        "check_double had other points",
    ),
    attack("points_negative", change_marks("check_total", points=-1), "tampered", "other points"),
    attack("points_as_text", change_marks("check_total", points="3"), "tampered", "other points"),
    attack(
        "points_none",
        edited(lambda n: marks(n, "check_total").pop("points")),
        "tampered",
        "other points",
    ),
    attack(
        "points_for_an_answer",
        change_marks("double", points=50, grade=True),
        "tampered",
        "other grade and points",
    ),
    attack(
        "grade_flag_removed", change_marks("check_double", grade=False), "tampered", "other grade"
    ),
    attack(
        "made_its_own_solution",
        change_marks("check_double", solution=True, locked=False),
        "tampered",
        "other solution and locked",
    ),
    attack("schema_version_99", change_marks("check_double", schema_version=99)),
    attack("schema_version_text", change_marks("check_double", schema_version="new")),
    attack(
        "grade_id_renamed",
        change_marks("check_double", grade_id="check_nothing"),
        "tampered",
        "check_nothing is not part of this unit",
    ),
    attack(
        "grade_cell_self_made",
        self_made(),
        "tampered",
        "grade cell bonus is not part of this unit",
        double=0,
    ),
    attack("grade_cells_self_made_500", many_inventions(), "tampered", "more changes of this kind"),
    attack("marks_removed", without_marks(stamp=True), says="known by their functions"),
    attack(
        "marks_and_stamp_removed",
        without_marks(stamp=False),
        says="known by their functions",
    ),
    attack("marks_of_odd_types", odd_marks(), says="is not part of this unit"),
    attack("outputs_forged", forged_outputs(), double=0),
    attack("html_and_javascript", shows_markup(), says=""),
    attack("markdown_for_ever", edited(lambda n: n.cells.append(new_markdown_cell(BRACKETS)))),
    attack(
        "html_nested_deeply",
        submission(before="from IPython.display import HTML\nHTML('<div>' * 300_000)"),
    ),
    attack("check_with_half_a_character", set_source("check_double", "check(double)\n# \ud800")),
    attack(
        "points_beyond_all_bounds",
        change_marks("check_double", points=10**400),
        "tampered",
        "other points",
    ),
    attack(
        "check_in_a_text_alone",
        edited(lambda n: delete(n, "check_double"), double=f'{WRONG}\n\n"""\ncheck(double)\n"""'),
        "tampered",
        "check_double was missing",
        double=0,
    ),
    attack(
        "check_rewritten_around_an_answer",
        set_source("check_double", "def double(x):\n    return 2 * x\n\n5.0", double=""),
        says="holds more than was released",
    ),
    attack(
        "hidden_marks_for_ever",
        set_source("check_double", "### BEGIN HIDDEN TESTS\n" * 100_000),
        says="the locked cell check_double was changed",
    ),
    attack("null_bytes_in_a_cell", submission(before="x = 1\x00")),
    attack("surrogates_in_a_cell", submission(before="x = '\ud800'\nprint(x)\nx")),
    attack("syntax_error_in_a_cell", submission(before="def (:\n" + "(" * 10_000)),
    attack(
        "magics_and_shell",
        submission(before="!sleep 600 &\n%cd /\n%reset -f\n%autoreload 2\n%pip install x"),
    ),
    attack(
        "cells_3000",
        edited(lambda n: n.cells.extend(new_code_cell("1") for _ in range(3000))),
        "invalid",
        "more than 2,000 cells",
    ),
]
