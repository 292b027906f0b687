"""What front ends, editors and students do to a notebook, and the just score of each.

A touch takes the solved notebook of a unit, as JSON, and gives it back, or the bytes of a file. All
answers in it are right. `LOSES` are the touches that cost the unit's first exercise its points,
with what must be said of it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import jupytext
import nbformat

Notebook = dict[str, Any]
Touch = Callable[[Notebook], "Notebook | bytes"]
TOUCHES: dict[str, Touch] = {}
LOSES: dict[str, str] = {}


def touch(function: Touch) -> Touch:
    TOUCHES[function.__name__] = function
    return function


def loses(said: str) -> Callable[[Touch], Touch]:
    """The first exercise cannot be right like this; `said` must stand in its first message."""

    def mark(function: Touch) -> Touch:
        LOSES[function.__name__] = said
        return touch(function)

    return mark


# --- parts of a notebook ----------------------------------------------------------------------


def code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def marks(cell: Notebook) -> Notebook:
    return cell["metadata"].get("nbgrader", {})


def imports(notebook: Notebook) -> Notebook:
    """The cell with the course's imports."""
    return next(cell for cell in code(notebook) if "from utils.check import" in cell["source"])


def answers(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in code(notebook) if marks(cell).get("solution")]


def checks(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in code(notebook) if marks(cell).get("grade")]


def new(source: str) -> Notebook:
    return {
        "cell_type": "code",
        "id": f"new{abs(hash(source)) % 10**8}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def at_top(lines: str) -> Touch:
    def change(notebook: Notebook) -> Notebook:
        cell = imports(notebook)
        cell["source"] = f"{lines}\n{cell['source']}"
        return notebook

    return change


def between_imports(lines: str) -> Touch:
    def change(notebook: Notebook) -> Notebook:
        cell = imports(notebook)
        first, rest = cell["source"].split("\n", 1)
        cell["source"] = f"{first}\n{lines}\n{rest}"
        return notebook

    return change


def before_all(source: str) -> Touch:
    def change(notebook: Notebook) -> Notebook:
        notebook["cells"].insert(0, new(source))
        return notebook

    return change


def in_answer(change_source: Callable[[str], str]) -> Touch:
    def change(notebook: Notebook) -> Notebook:
        cell = answers(notebook)[0]
        cell["source"] = change_source(cell["source"])
        return notebook

    return change


def dumped(notebook: Notebook, **options: Any) -> bytes:
    return json.dumps(notebook, **options).encode()


# --- lines that make no sense in a grader -----------------------------------------------------

LINES = {
    "matplotlib_widget": "%matplotlib widget",
    "matplotlib_notebook": "%matplotlib notebook",
    "matplotlib_qt": "%matplotlib qt",
    "pip_shell": "!pip install numpy",
    "pip_magic": "%pip install numpy matplotlib",
    "conda_magic": "%conda install numpy",
    "autoreload": "%load_ext autoreload\n%autoreload 2",
    "unknown_magic": "%nonsense on",
    "shell_ls": "!ls -la\n!nvidia-smi",
    "shell_into_a_name": "files = !ls",
    "seaborn": "import seaborn as sns\nsns.set_theme()",
    "torch": "import torch",
    "colab_drive": "from google.colab import drive\ndrive.mount('/content/drive')",
    "kaggle": "import kaggle_secrets",
    "deepnote": "import deepnote_toolkit\ndeepnote_toolkit.set_integration_env()",
    "tk_window": "import matplotlib\nmatplotlib.use('TkAgg')",
    "rc_params": "import matplotlib\nmatplotlib.rcParams['figure.sise'] = 3",
    "style_sheet": "import matplotlib\nmatplotlib.style.use('seaborn')",
    "input": "name = input('Your name? ')",
    "chdir": "import os\nos.chdir('/content/drive/MyDrive/course')",
    "file_of_his_own": "notes = open('/home/ada/notes.txt').read()",
    "vscode_debug": "import debugpy\ndebugpy.listen(5678)",
    "download": "import urllib.request\nurllib.request.urlopen('http://example.org/data').read()",
}
for _name, _lines in LINES.items():
    TOUCHES[f"top_{_name}"] = at_top(_lines)
for _name in ("seaborn", "torch", "colab_drive", "tk_window", "rc_params", "pip_shell", "input"):
    TOUCHES[f"between_{_name}"] = between_imports(LINES[_name])
for _name in ("seaborn", "pip_shell", "autoreload", "input", "file_of_his_own"):
    TOUCHES[f"own_cell_{_name}"] = before_all(LINES[_name])
for _name in ("seaborn", "tk_window", "pip_shell"):
    TOUCHES[f"answer_{_name}"] = in_answer(lambda source, lines=LINES[_name]: f"{lines}\n{source}")
TOUCHES["bash_cell"] = before_all("%%bash\npip install numpy\nls")
TOUCHES["writefile_cell"] = before_all("%%writefile helper.py\nx = 1")
TOUCHES["html_cell"] = before_all("%%html\n<b>Ada's homework</b>")


# --- how front ends save ----------------------------------------------------------------------


@touch
def jupyterlab(notebook: Notebook) -> bytes:
    for number, cell in enumerate(code(notebook), 1):
        cell["execution_count"] = number
        cell["source"] = cell["source"].splitlines(keepends=True)
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}
    return dumped(notebook, indent=1)


@touch
def notebook_6(notebook: Notebook) -> bytes:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]
        cell["source"] = cell["source"].splitlines(keepends=True)
    return dumped(notebook, indent=1)


@touch
def notebook_7(notebook: Notebook) -> bytes:
    for cell in notebook["cells"]:
        cell["metadata"] |= {"editable": True, "slideshow": {"slide_type": ""}, "tags": []}
    return dumped(notebook, indent=1)


@touch
def vscode(notebook: Notebook) -> bytes:
    for cell in code(notebook):
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["id"] = f"W{abs(hash(cell['source'])) % 10**9}sZmlsZQ=="[:20].replace("=", "-")
    notebook["metadata"]["kernelspec"]["name"] = "python3123jvsc74a57bd0"
    return dumped(notebook)


@touch
def colab(notebook: Notebook) -> bytes:
    notebook["nbformat_minor"] = 0
    for number, cell in enumerate(notebook["cells"]):
        cell.pop("id")
        cell["metadata"] |= {"id": f"Xa{number}Qe", "colab": {"base_uri": "https://localhost"}}
    notebook["metadata"] |= {"colab": {"provenance": []}, "accelerator": "GPU"}
    return dumped(notebook)


@touch
def kaggle(notebook: Notebook) -> bytes:
    for cell in code(notebook):
        cell["metadata"] |= {"_uuid": "8f2839f25d086af736a60e9eeb907d3b93b6e0e5", "trusted": True}
    notebook["metadata"]["kaggle"] = {"accelerator": "none", "dataSources": []}
    return dumped(notebook)


@touch
def deepnote(notebook: Notebook) -> bytes:
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] |= {"cell_id": f"{number:032x}", "deepnote_cell_type": cell["cell_type"]}
    notebook["metadata"]["deepnote_notebook_id"] = "1" * 32
    return dumped(notebook)


@touch
def dataspell(notebook: Notebook) -> bytes:
    for cell in code(notebook):
        cell["metadata"] |= {"ExecuteTime": {"end_time": "2026-03-01T10:00:00"}, "collapsed": False}
        cell["outputs"] = []
    return dumped(notebook, indent=2)


@touch
def metadata_lost(notebook: Notebook) -> bytes:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    notebook["metadata"] = {}
    return dumped(notebook)


@touch
def marks_and_ids_lost(notebook: Notebook) -> bytes:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        cell["metadata"] = {"id": cell.pop("id")}
    notebook["metadata"] = {"kernelspec": notebook["metadata"]["kernelspec"]}
    return dumped(notebook)


def _round_trip(notebook: Notebook, form: str) -> Notebook:
    text = jupytext.writes(nbformat.from_dict(notebook), fmt=form)
    return json.loads(nbformat.writes(jupytext.reads(text, fmt=form)))


@touch
def jupytext_percent(notebook: Notebook) -> Notebook:
    return _round_trip(notebook, "py:percent")


@touch
def jupytext_light(notebook: Notebook) -> Notebook:
    return _round_trip(notebook, "py:light")


@touch
def jupytext_markdown(notebook: Notebook) -> Notebook:
    return _round_trip(notebook, "md")


@touch
def jupytext_without_metadata(notebook: Notebook) -> Notebook:
    plain = copy.deepcopy(notebook)
    for cell in plain["cells"]:
        cell["metadata"] = {}
    return _round_trip(plain, "py:percent")


@touch
def format_3(notebook: Notebook) -> bytes:
    old = nbformat.convert(nbformat.from_dict(notebook), 3)
    return json.dumps(old).encode()


@touch
def windows_line_ends(notebook: Notebook) -> bytes:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return dumped(notebook).replace(b"\n", b"\r\n")


@touch
def old_mac_line_ends(notebook: Notebook) -> Notebook:
    for cell in code(notebook):
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return notebook


@touch
def byte_order_mark(notebook: Notebook) -> bytes:
    return b"\xef\xbb\xbf" + dumped(notebook)


@touch
def source_null(notebook: Notebook) -> bytes:
    notebook["cells"].append(new("") | {"source": None})
    return dumped(notebook)


@touch
def widget_state(notebook: Notebook) -> bytes:
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}}
    notebook["metadata"]["widgets"] = state
    return dumped(notebook)


@touch
def huge_outputs(notebook: Notebook) -> bytes:
    shown = {"output_type": "stream", "name": "stdout", "text": "0123456789abcdef\n" * 3_300_000}
    imports(notebook)["outputs"] = [shown]
    return dumped(notebook)


# --- what editors insert ----------------------------------------------------------------------


@loses("SyntaxError: invalid non-printable character U+00A0")
def no_break_space(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = cell["source"].replace("    return", "\u00a0\u00a0\u00a0 return", 1)
    return notebook


@loses("SyntaxError: invalid non-printable character U+200B")
def zero_width(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = cell["source"].replace("    return", "    return\u200b", 1)
    return notebook


@loses("SyntaxError: invalid character '“' (U+201C)")
def typographic_quotes(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = cell["source"].replace("    return", "    name = “gate”\n    return", 1)
    return notebook


@loses("TabError: inconsistent use of tabs and spaces")
def tabs_and_spaces(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = cell["source"].replace("    return", "    if True:\n\treturn", 1)
    return notebook


@loses("SyntaxError: expected ':'")
def missing_colon(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = re.sub(r"\):\n", ")\n", cell["source"], count=1)
    return notebook


@loses("ModuleNotFoundError: No module named 'scipy_of_mine'")
def package_that_is_not_there(notebook: Notebook) -> Notebook:
    cell = answers(notebook)[0]
    cell["source"] = "from scipy_of_mine import helper\n" + cell["source"].replace(
        "    return", "    helper()\n    return", 1
    )
    return notebook


@touch
def no_break_space_in_markdown(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and not marks(cell):
            cell["source"] = cell["source"].replace(" ", "\u00a0")
    return notebook


@touch
def syntax_error_in_a_cell_of_his_own(notebook: Notebook) -> Notebook:
    notebook["cells"].append(new("for x in range(3)\n    print(x)"))
    return notebook


@touch
def syntax_error_in_the_imports(notebook: Notebook) -> Notebook:
    cell = imports(notebook)
    cell["source"] += "\nprint('ready'"
    return notebook


# --- cells split, merged, moved, copied -------------------------------------------------------


@touch
def imports_split(notebook: Notebook) -> Notebook:
    cell = imports(notebook)
    place = notebook["cells"].index(cell)
    lines = [line for line in cell["source"].splitlines() if line.strip()]
    cell["source"] = lines[0]
    notebook["cells"][place + 1 : place + 1] = [new(line) for line in lines[1:]]
    return notebook


@touch
def imports_deleted(notebook: Notebook) -> Notebook:
    notebook["cells"].remove(imports(notebook))
    return notebook


@touch
def imports_moved_down(notebook: Notebook) -> Notebook:
    cell = imports(notebook)
    notebook["cells"].remove(cell)
    notebook["cells"].insert(notebook["cells"].index(answers(notebook)[0]) + 1, cell)
    return notebook


@touch
def imports_merged_into_the_answer(notebook: Notebook) -> Notebook:
    cell, answer = imports(notebook), answers(notebook)[0]
    answer["source"] = f"{cell['source']}\n\n{answer['source']}"
    notebook["cells"].remove(cell)
    return notebook


@touch
def check_merged_into_the_answer(notebook: Notebook) -> Notebook:
    answer, check = answers(notebook)[0], checks(notebook)[0]
    answer["source"] = f"{answer['source']}\n\n{check['source']}"
    notebook["cells"].remove(check)
    return notebook


@touch
def answer_merged_into_the_check(notebook: Notebook) -> Notebook:
    """A merge that begins at the check: what comes out is the check's cell."""
    answer, check = answers(notebook)[0], checks(notebook)[0]
    check["source"] = f"{answer['source']}\n\n{check['source']}"
    notebook["cells"].remove(answer)
    return notebook


@touch
def answer_merged_into_the_check_and_split_again(notebook: Notebook) -> Notebook:
    """Both parts of a split carry the check's marks."""
    answers(notebook)[0]["metadata"] = copy.deepcopy(checks(notebook)[0]["metadata"])
    return notebook


@touch
def answer_in_other_words_merged_into_the_check(notebook: Notebook) -> Notebook:
    name = marks(answers(notebook)[0])["grade_id"]
    answer_merged_into_the_check(notebook)
    check = checks(notebook)[0]
    check["source"] = check["source"].replace(f"def {name}(", f"def  {name} (", 1)
    return notebook


@touch
def check_merged_with_what_follows(notebook: Notebook) -> Notebook:
    """Shift+M on the check: the cell below goes into it, whatever it is."""
    check = checks(notebook)[0]
    below = notebook["cells"][notebook["cells"].index(check) + 1]
    check["source"] += f"\n\n{below['source']}"
    notebook["cells"].remove(below)
    return notebook


@touch
def checks_and_answers_between_merged_into_the_first_check(notebook: Notebook) -> Notebook:
    cells, (first, *_, last) = notebook["cells"], checks(notebook)
    inside = cells[cells.index(first) : cells.index(last) + 1]
    first["source"] = "\n\n".join(c["source"] for c in inside if c["cell_type"] == "code")
    notebook["cells"] = [c for c in cells if c is first or c not in inside]
    return notebook


@touch
def check_merged_into_the_prose_below(notebook: Notebook) -> Notebook:
    check = checks(notebook)[0]
    below = new("")
    below |= {"cell_type": "markdown", "source": f"{check['source']}\n\nThat was easy."}
    del below["outputs"], below["execution_count"]
    notebook["cells"][notebook["cells"].index(check)] = below
    return notebook


@touch
def check_without_its_marks(notebook: Notebook) -> Notebook:
    checks(notebook)[0]["metadata"] = {}
    return notebook


@touch
def check_with_a_remark_and_a_print(notebook: Notebook) -> Notebook:
    checks(notebook)[0]["source"] += "  # all right?\nprint('done')"
    return notebook


@touch
def merged_check_and_another_meaning_below(notebook: Notebook) -> Notebook:
    """The merged check runs where it stood, before what is defined anew further down."""
    answer = answers(notebook)[0]
    name = marks(answer)["grade_id"]
    check_merged_into_the_answer(notebook)
    answer["metadata"] = {}
    notebook["cells"].append(new(f"def {name}(*args):\n    return None"))
    return notebook


@touch
def all_code_merged_into_one_cell(notebook: Notebook) -> Notebook:
    cells = code(notebook)
    answers(notebook)[0]["source"] = "\n\n".join(cell["source"] for cell in cells)
    kept = answers(notebook)[0]
    notebook["cells"] = [c for c in notebook["cells"] if c not in cells or c is kept]
    return notebook


@touch
def answer_duplicated(notebook: Notebook) -> Notebook:
    answer = answers(notebook)[0]
    twin = copy.deepcopy(answer) | {"id": "twin"}
    notebook["cells"].insert(notebook["cells"].index(answer) + 1, twin)
    return notebook


@touch
def all_cells_reversed_but_the_first(notebook: Notebook) -> Notebook:
    """Whoever drags cells about: the checks stand above the answers."""
    cell = imports(notebook)
    rest = [other for other in notebook["cells"] if other is not cell]
    graded = [other for other in rest if marks(other)]
    places = [rest.index(other) for other in graded]
    ordered = [c for c in graded if marks(c).get("grade")] + [
        c for c in graded if not marks(c).get("grade")
    ]
    for place, other in zip(places, ordered, strict=True):
        rest[place] = other
    notebook["cells"] = [cell, *rest]
    return notebook


@touch
def markdown_deleted(notebook: Notebook) -> Notebook:
    notebook["cells"] = [c for c in notebook["cells"] if c["cell_type"] == "code" or marks(c)]
    return notebook


@touch
def written_in_another_cell(notebook: Notebook) -> Notebook:
    answer = answers(notebook)[0]
    elsewhere = new(answer["source"])
    answer["source"] = "# see the cell below"
    notebook["cells"].insert(notebook["cells"].index(answer) + 1, elsewhere)
    return notebook


@touch
def written_twice(notebook: Notebook) -> Notebook:
    """The last counts, as in Jupyter."""
    answer = answers(notebook)[0]
    head = re.search(r"def (\w+)\((.*?)\)", answer["source"], re.S)
    assert head
    draft = new(f"def {head[1]}({head[2]}):\n    return None  # a first try")
    notebook["cells"].insert(notebook["cells"].index(answer), draft)
    return notebook


@touch
def helper_above(notebook: Notebook) -> Notebook:
    answer = answers(notebook)[0]
    notebook["cells"].insert(notebook["cells"].index(answer), new("def _helper():\n    return 1"))
    answer["source"] = answer["source"].replace("    return", "    _helper()\n    return", 1)
    return notebook


@touch
def helper_at_the_end(notebook: Notebook) -> Notebook:
    """Defined below the check that needs it: in Jupyter it was there when he ran the check."""
    checked = checks(notebook)[0]
    cell = new("def _later():\n    return 1")
    notebook["cells"].insert(notebook["cells"].index(checked), cell)
    answer = answers(notebook)[0]
    answer["source"] = answer["source"].replace("    return", "    _later()\n    return", 1)
    return notebook


@touch
def check_called_above_as_well(notebook: Notebook) -> Notebook:
    checked, answer = checks(notebook)[0], answers(notebook)[0]
    call = checked["source"].splitlines()[0]
    notebook["cells"].insert(notebook["cells"].index(answer) + 1, new(call))
    return notebook


@touch
def answer_below_its_check(notebook: Notebook) -> Notebook:
    answer = answers(notebook)[0]
    notebook["cells"].append(new(answer["source"]))
    head = answer["source"].split(":\n")[0]
    answer["source"] = f"{head}:\n    raise NotImplementedError"
    return notebook


@touch
def answer_written_into_the_check(notebook: Notebook) -> Notebook:
    answer, checked = answers(notebook)[0], checks(notebook)[0]
    checked["source"] = f"{answer['source']}\n\n{checked['source']}"
    head = answer["source"].split(":\n")[0]
    answer["source"] = f"{head}:\n    raise NotImplementedError"
    return notebook


@touch
def check_with_a_remark_and_a_magic(notebook: Notebook) -> Notebook:
    checked = checks(notebook)[0]
    checked["source"] = f"%%time\n{checked['source']}\n# all green!"
    return notebook


@touch
def byte_order_mark_in_every_cell(notebook: Notebook) -> Notebook:
    for cell in checks(notebook):
        cell["source"] = "\ufeff" + cell["source"]
    return notebook


@touch
def marks_lost_and_checks_in_the_answers(notebook: Notebook) -> Notebook:
    for answer, checked in zip(answers(notebook), checks(notebook), strict=False):
        answer["source"] += "\n\n" + checked["source"]
        notebook["cells"].remove(checked)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return notebook


@touch
def marks_lost_in_one_cell(notebook: Notebook) -> Notebook:
    source = "\n\n".join(cell["source"] for cell in code(notebook))
    notebook["cells"] = [new(source)]
    return notebook


@touch
def marks_and_checks_lost(notebook: Notebook) -> Notebook:
    for checked in checks(notebook):
        notebook["cells"].remove(checked)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    return notebook


@touch
def utf_16(notebook: Notebook) -> bytes:
    return json.dumps(notebook).encode("utf-16")


@touch
def format_as_text(notebook: Notebook) -> bytes:
    return dumped(notebook).replace(b'"nbformat": 4,', b'"nbformat": "4",')


@touch
def contents_of_a_server(notebook: Notebook) -> bytes:
    return dumped({"type": "notebook", "format": "json", "content": notebook})


@touch
def json_twice(notebook: Notebook) -> bytes:
    return json.dumps(json.dumps(notebook)).encode()


@touch
def plotly_numbers(notebook: Notebook) -> bytes:
    numbers = {"data": [{"x": [0] * 5_100_000}]}
    data = {"application/vnd.plotly.v1+json": numbers}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    imports(notebook)["outputs"] = [shown]
    return dumped(notebook, separators=(",", ":"))


@touch
def list_filled_after_a_missing_package(notebook: Notebook) -> Notebook:
    answer = answers(notebook)[0]
    cell = new("import seaborn as sns\nsteps = []\nsteps.append(1.0)")
    notebook["cells"].insert(notebook["cells"].index(answer), cell)
    answer["source"] = answer["source"].replace("    return", "    steps[0]\n    return", 1)
    return notebook


# --- what a function does besides -------------------------------------------------------------

INSIDE = {
    "prints": "print('here', end='')",
    "logs": "__import__('logging').getLogger('mine').warning('here')",
    "warns": "__import__('warnings').warn('careful', UserWarning)",
    # the first hundred calls: unit 05 makes 40,000, and a cell has 30 s
    "draws": "plt = __import__('matplotlib.pyplot').pyplot; n = globals().get('n_drawn', 0); "
    "globals().__setitem__('n_drawn', n + 1); n < 100 and plt.close(plt.figure())",
    "counts_calls": "globals().__setitem__('calls', globals().get('calls', 0) + 1)",
    "walrus": "(unused := 3)",
    "thread": "import threading as t; th = t.Thread(target=print); th.start(); th.join()",
    "sleeps": "__import__('time').sleep(0.001)",
    "progress_bar": "list(__import__('tqdm').tqdm(range(2), disable=None))",
    "asserts": "assert True, 'shapes fit'",
}
for _name, _line in INSIDE.items():
    TOUCHES[f"inside_{_name}"] = in_answer(
        lambda source, line=_line: source.replace("    return", f"    {line}\n    return", 1)
    )

# --- cells of one's own -----------------------------------------------------------------------

OWN = {
    "prints_a_lot": "for k in range(20000):\n    print(k)",
    "many_figures": "for k in range(25):\n    plt.figure()\n    plt.plot([1, 2])\nplt.show()",
    "logging": "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.info('ready')",
    "warnings_off": "import warnings\nwarnings.filterwarnings('ignore')",
    "warnings_are_errors": "import warnings\nwarnings.simplefilter('error')",
    "np_seed": "np.random.seed(0)",
    "np_errstate": "np.seterr(all='ignore')",
    "print_options": "np.set_printoptions(precision=2, suppress=True)",
    "thread": "import threading\nthreading.Thread(target=print, args=('later',)).start()",
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    "async_function": "async def f():\n    return 1\nawait f()",
    "raises": "raise ValueError('to try out what happens')",
    "zero_division": "1 / 0",
    "pdb": "breakpoint()",
    "time_magic": "%time sum(range(1000))",
    "timeit_cell": "%%timeit -n 1 -r 1\nsum(range(10))",
    "capture_cell": "%%capture out\nprint('hidden')",
    "who": "%who\n%lsmagic",
    "help": "np.tanh?\nhelp(np.tanh)",
    "display": "from IPython.display import display, Markdown\ndisplay(Markdown('**mine**'))",
    "widget": "import ipywidgets\nipywidgets.IntSlider()",
    "sum_is_zero": "sum = 0",
    "list_is_mine": "list = [1, 2]\nmax = 3",
    "shadowed_f": "f = i = o = g = c = h = x = None",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    b: str\nA('b')",
    "matplotlib_style": "plt.style.use('ggplot')\nplt.rcParams['font.size'] = 14",
    "del": "y = 1\ndel y",
    "subprocess": "import subprocess\nsubprocess.run(['ls'])",
    "write_file": "open('mine.txt', 'w').write('notes')",
    "multiprocessing": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "comment_only": "# nothing to run here",
    "empty": "",
}
for _name, _source in OWN.items():

    def _own(notebook: Notebook, source: str = _source) -> Notebook:
        place = notebook["cells"].index(imports(notebook)) + 1
        notebook["cells"].insert(place, new(source))
        return notebook

    TOUCHES[f"cell_{_name}"] = _own
