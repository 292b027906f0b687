"""Submissions without a kernel: outputs as a kernel gives them, and nothing else gets through."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.cells import without_hidden
from autograder.course import root
from autograder.sandbox import worker
from autograder.sandbox.execute import Execution, Limits, execute
from autograder.sandbox.inside.frames import MAX_BODY, NUMBERS, Foul, Reader, pack, parse
from autograder.sandbox.outputs import LEFT_OUT, MAX_OUTPUT, Notebook, Outputs, overwritten
from autograder.sandbox.process import Abandoned, Process
from utils.judging.protocol import MAX_REPLY

FIND = "channel = get_ipython().outlet.send.__self__\n"  # what a submission may find out


def run(*sources: str, files: dict[str, bytes] | None = None, **limits: Any) -> tuple[Any, Any]:
    """(the outputs of each cell, the execution)."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    execution = execute(notebook, {}, files or {}, Limits(**limits))
    nbformat.validate(notebook)
    return [cell.outputs for cell in notebook.cells], execution


def texts(outputs: list[Any]) -> str:
    """What a reader sees of a cell's outputs, without the mime types."""
    return "".join(
        output.get("text", output.get("evalue", output.get("data", {}).get("text/plain", "")))
        for output in outputs
    )


def asked(name: str, function: str, **limits: Any) -> Execution:
    """Ask for `name` after a cell that says `function`; another cell comes after it."""
    tags = {"grade_id": f"check_{name}", "grade": True, "solution": False, "locked": True}
    check = new_code_cell("check", metadata={"nbgrader": tags})
    cells = [new_code_cell("kept = 1"), new_code_cell(function), check, new_code_cell("kept")]
    notebook = new_notebook(cells=cells)
    execution = execute(notebook, {name: request(name)}, {}, Limits(**limits))
    assert texts(notebook.cells[-1].outputs) == "1"
    return execution


def request(name: str) -> bytes:
    from utils.judging.protocol import write_request
    from utils.judging.spec import Case, Spec

    return write_request(Spec("unit", name, (), (Case({"x": 1.0}, None),), ()))


# Outputs as a kernel gives them

CELLS = [
    "import sys, warnings, asyncio\nimport numpy as np\nimport matplotlib.pyplot as plt\n1 + 1",
    "print('a', end='')\nprint('b')\nprint('err', file=sys.stderr)\nprint('c')\n5",
    "_ + 1",
    "Out[1], len(In), ___",
    "x = 3;",
    "x;",
    "1 / 0",
    "def f(:\n    pass",
    "def g():\n    raise ValueError('no')\ng()",
    "try:\n    1 / 0\nexcept Exception as error:\n    raise KeyError('k') from error",
    "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])",
    "sys.exit('bye')",
    "raise KeyboardInterrupt",
    "plt.plot([1, 2])\nplt.title('left open');",
    "fig, ax = plt.subplots()\nax.plot([1, 3])",
    "plt.plot([2, 1])\nplt.show()\nprint('after')",
    "%config InlineBackend.figure_format = 'svg'\nplt.figure(figsize=(1, 1));",
    "await asyncio.sleep(0)\n'awaited'",
    "async def later():\n    return 3\ntask = asyncio.create_task(later())",
    "task.done(), await task",
    "from IPython.display import HTML, Image, Latex, Markdown, clear_output, display\n"
    "display(HTML('<b>x</b>'), Markdown('*y*'), Latex('$z$'))",
    "handle = display('first', display_id='one')\nprint('between')",
    "handle.update('second')",
    "display({'text/plain': 'raw', 'application/json': {'a': [1, {'b': None}]}}, raw=True)",
    "display('x', metadata={'text/plain': {'isolated': True}})",
    "print('gone')\nclear_output()\nprint('kept')",
    "print('gone')\nclear_output(wait=True)\nprint('kept')",
    "print('stays')\nclear_output(wait=True)",
    "for i in range(5):\n    print(f'\\r{i}', end='')\nprint()",
    "from tqdm import tqdm\nfor i in tqdm(range(3), bar_format='{n}'):\n    pass",
    "import ipywidgets\nslider = ipywidgets.FloatSlider()\nslider",
    "ipywidgets.jslink((slider, 'value'), (ipywidgets.FloatText(), 'value'));",
    "warnings.warn('careful')",
    "import logging\nlogging.warning('logged')",
    "%matplotlib inline",
    "%%capture caught\nprint('x')",
    "caught.stdout",
    "%no_such_magic",
    "%precision 3\n3.14159265",
    "%%html\n<p>x</p>",
    "len?",
    "class Bad:\n    def __repr__(self):\n        raise RuntimeError('r')\nBad()",
    "class Rich:\n    def _repr_html_(self):\n        return '<i>b</i>'\n"
    "    def _repr_png_(self):\n        return b'\\x89PNG'\nRich()",
    "Image(data=b'\\x89PNG\\r\\n\\x1a\\nxxxx', format='png')",
    "__name__, sys.stdout.isatty(), sys.stdout.encoding, hasattr(get_ipython(), 'kernel')",
    "from tqdm.auto import tqdm as bar\nfor i in bar(range(3), bar_format='{n}'):\n    pass",
    "sys.stdout.buffer",
    "del x\nx",
    "print('\\x1b[31mred\\x1b[0m', 'é€')",
    "from rich import print as rich_print\nrich_print('[b]x[/b]')",
    "from nosuch import nothing",
    "exec('1 / 0')",
    "def stop():\n    breakpoint()\n    return 'went on'\nstop()",
    "   ",
    "# a comment",
    "{'a': np.ones(2)}",
]
NOISE = [
    (r"0x[0-9a-f]+", "ADDRESS"),
    (r"\b[0-9a-f]{32}\b", "ID"),
    (r"/tmp/ipykernel_\d+/\d+\.py", "FILE"),
    (r"\b\d{6,}\.py", "FILE"),
    (r"(id|href|clip-path)=\S*#?[mp][0-9a-f]{10}\S*", "SVG"),
    (r"\bm[0-9a-f]{10}\b|\bp[0-9a-f]{10}\b|\d{4}-\d\d-\d\dT[\d:.]+", "SVG"),
]


def in_a_kernel(sources: list[str], place: Path, monkeypatch: Any) -> list[Any]:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("PYTHONPATH", str(root()))
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    resources = {"metadata": {"path": str(place)}}
    NotebookClient(
        notebook, allow_errors=True, coalesce_streams=True, timeout=120, resources=resources
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def comparable(outputs: list[Any]) -> list[str]:
    found = []
    for output in outputs:
        text = json.dumps(output, sort_keys=True, ensure_ascii=False)
        for pattern, instead in NOISE:
            text = re.sub(pattern, instead, text)
        found.append(text)
    return found


def test_outputs_are_those_of_a_kernel(tmp_path: Path, monkeypatch: Any) -> None:
    theirs = in_a_kernel(CELLS, tmp_path, monkeypatch)
    ours, execution = run(*CELLS)
    assert execution.status == "graded" and execution.messages == []
    for source, a, b in zip(CELLS, theirs, ours, strict=True):
        assert comparable(a) == comparable(b), source


@pytest.mark.parametrize("unit", ["02_forget_gate", "05_cell_state"])
def test_a_unit_gives_what_it_gives_in_a_kernel(
    unit: str, tmp_path: Path, monkeypatch: Any
) -> None:
    (path,) = (root() / "solutions" / unit).glob("*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    sources = [without_hidden(cell.source) for cell in cells if cell.cell_type == "code"]
    place = tmp_path / unit
    shutil.copytree(path.parent, place)
    files = {
        found.relative_to(place).as_posix(): found.read_bytes()
        for found in place.rglob("*")
        if found.is_file() and "exercises" not in found.name
    }
    theirs = in_a_kernel(sources, place, monkeypatch)
    ours, execution = run(*sources, files=files, cell=300.0)
    assert execution.status == "graded" and execution.messages == []
    for source, a, b in zip(sources, theirs, ours, strict=True):
        assert comparable(a) == comparable(b), source
    assert any("image/svg+xml" in str(output) for outputs in ours for output in outputs)


def test_input_is_refused_and_what_is_printed_past_python_is_shown() -> None:
    outputs, _ = run(
        "input('name? ')", "import os\nos.write(1, b'one\\n')\nos.write(2, 'zwei é'.encode());"
    )
    assert outputs[0][-1].ename == "StdinNotImplementedError"
    shown = {output.name: output.text for output in outputs[1]}
    assert shown == {"stdout": "one\n", "stderr": "zwei é"}


def test_tasks_go_on_between_the_cells() -> None:
    outputs, _ = run(
        "import asyncio\nseen = []\nasync def work():\n    await asyncio.sleep(0.01)\n"
        "    seen.append(1)\ntask = asyncio.create_task(work())",
        "import time\ntime.sleep(0.05)",
        "seen",
    )
    assert texts(outputs[2]) == "[1]"


def test_a_cell_that_waits_is_interrupted_and_keeps_its_process() -> None:
    waits = "import asyncio\nmine = 1\nawait asyncio.sleep(60)"
    prints = "other = 2\nwhile True:\n    print('x')"
    outputs, execution = run(waits, prints, "mine + other", cell=0.5)
    assert execution.status == "timeout" and len(execution.messages) == 2
    assert texts(outputs[2]) == "3"  # both went on from where they were stopped
    assert "KeyboardInterrupt" in str(outputs[1])


def test_the_whole_notebook_has_a_limit() -> None:
    sleeps = "import time\ntime.sleep(0.8)"
    outputs, execution = run(sleeps, sleeps, sleeps, "print('end')", total=1.2)
    assert execution.status == "timeout" and outputs[3] == []
    assert any("within 1.2 s: the cells after that did not run" in m for m in execution.messages)


# How much is shown


def test_endless_prints_cost_neither_time_nor_memory() -> None:
    run("1")  # what is loaded once does not count
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    outputs, execution = run(
        "for i in range(100_000):\n    print('x' * 999)",
        "import os\nfor i in range(1_600):\n    os.write(1, b'y' * 65_536)",
        "from IPython.display import display\nfor i in range(1_000):\n"
        "    display({'text/plain': 'z' * 100_000}, raw=True)",
        "print('alive')",
        cell=60.0,
    )
    assert execution.status == "graded" and texts(outputs[3]) == "alive\n"
    for shown in outputs[:3]:
        assert len(texts(shown)) <= MAX_OUTPUT + len(LEFT_OUT)
        assert texts(shown).endswith(LEFT_OUT) or LEFT_OUT in texts(shown)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 80_000, f"{grown} kB"
    assert time.monotonic() - began < 30


def test_a_shown_progress_may_go_on_for_long() -> None:
    outputs, _ = run(
        "from IPython.display import clear_output\nfor i in range(300):\n"
        "    clear_output(wait=True)\n    print(i, 'x' * 20_000)"
    )
    assert texts(outputs[0]).startswith("299 x") and LEFT_OUT not in texts(outputs[0])


def test_what_is_left_out_is_counted_for_cell_and_notebook() -> None:
    notebook = Notebook(room=5_000)
    cells: list[list[Any]] = [[], []]
    for cell in cells:
        outputs = Outputs(cell, notebook)
        for _ in range(4):
            outputs.take({"is": "stream", "name": "stdout"}, b"x" * 1_000)
        outputs.finish()
    assert texts(cells[0]) == "x" * 4_000
    assert texts(cells[1]).startswith("x") and texts(cells[1]).endswith(LEFT_OUT)
    assert len(texts(cells[1])) < 1_000


def test_updates_of_a_display_cannot_outgrow_the_limit() -> None:
    cell: list[Any] = []
    outputs = Outputs(cell, Notebook())
    head = {"is": "display_data", "mimes": ["text/plain"], "metadata": {}, "id": "i", "sizes": [1]}
    for _ in range(10):
        outputs.take(head, b"a")
    big = {**head, "is": "update_display_data", "sizes": [1_000_000]}
    outputs.take(big, b"b" * 1_000_000)
    outputs.finish()
    assert sum(len(texts([output])) for output in cell) <= MAX_OUTPUT
    assert texts([cell[0]]) == "b" * 1_000_000 and texts([cell[-1]]) == "a"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\rb", "b"),
        ("a\r\nb", "a\r\nb"),
        ("1\r2\r\n3\r", "2\r\n3\r"),
        ("\r\r\r", "\r"),
        ("no\nreturn", "no\nreturn"),
    ],
)
def test_a_carriage_return_overwrites(text: str, left: str) -> None:
    assert overwritten(text) == left
    assert left == re.sub(r".*\r(?=[^\n])", "", text)  # what nbclient does, in quadratic time


# The channel

ABUSES = {
    "malformed": "channel.line.sendall(b'no message at all, but long enough')",
    "not JSON": "import struct\n"
    "channel.line.sendall(struct.pack('<III', channel._number, 4, 0) + b'[1,]')",
    "no object": "import struct\n"
    "channel.line.sendall(struct.pack('<III', channel._number, 2, 0) + b'[]')",
    "too large": "import struct\n"
    "channel.line.sendall(struct.pack('<III', channel._number, 10, 2**31))",
    "out of sequence": "channel._number += 7\nprint('x', flush=True)",
    "nested deeply": "channel.send({'is': 'x', 'a': eval('[' * 90 + ']' * 90)})",
    "of no kind": "channel.send({'is': 'score', 'points': 100})",
    "of the wrong type": "channel.send({'is': ['done'], 'count': 'x'})",
    "stream without a name": "channel.send({'is': 'stream', 'name': 7}, b'x')",
    "sizes that lie": "channel.send({'is': 'display_data', 'mimes': ['text/plain'], "
    "'metadata': {}, 'sizes': [10**9]}, b'x')",
    "a reply that nobody wants": "channel.send({'is': 'reply', 'large': False}, b'full marks')",
    "hung up": "channel.line.close()",
}


@pytest.mark.parametrize("abuse", ABUSES.values(), ids=ABUSES)
def test_abuse_of_the_channel_costs_only_the_cell(abuse: str) -> None:
    outputs, execution = run("kept = 5", FIND + abuse, "kept", cell=5.0)
    assert execution.status == "crashed"
    assert len(execution.messages) == 1 and "cell 2" in execution.messages[0]
    assert texts(outputs[2]) == "5"  # in a new process


def test_a_forged_end_of_a_cell_is_found_out() -> None:
    forged = "channel.send({'is': 'done', 'for': channel.order, 'count': 1, 'leaves': False})"
    _, execution = run("kept = 5", FIND + forged, "kept", "kept", cell=5.0)
    assert execution.status == "crashed" and "nobody asked for" in execution.messages[0]


def test_a_flood_of_messages_ends_with_the_time() -> None:
    flood = FIND + "while True:\n    channel.send({'is': 'stream', 'name': 'stdout'}, b'x' * 50)"
    began = time.monotonic()
    outputs, execution = run(flood, "print('next')", cell=1.0)
    assert execution.status == "timeout" and texts(outputs[1]) == "next\n"
    assert len(texts(outputs[0])) < MAX_OUTPUT * 1.1 and time.monotonic() - began < 15


def test_replies_are_verdicts_whatever_they_are() -> None:
    def lost(abuse: str, **limits: Any) -> tuple[str, str]:
        source = f"{FIND}def double(x):\n    {abuse}\n    return x"
        reply = asked("double", source, **limits).replies["double"]
        return reply.lost, reply.why

    honest = asked("double", "double = lambda x: 2 * x").replies["double"]
    assert honest.data and honest.lost == ""
    assert lost("channel.line.sendall(b'x' * 100)") == ("foul", "a message out of sequence")
    assert lost("channel.send({'is': 'done'})")[0] == "foul"
    assert lost("import os; os._exit(0)")[0] == "died"
    assert lost(f"channel.send({{'is': 'reply'}}, bytes({MAX_REPLY + 1}))")[0] == "foul"
    large = (
        FIND + "from utils.judging import protocol as p\np.to_bytes = lambda x: bytes(10**8 + 1)\n"
    )
    reply = asked("double", large + "double = abs").replies["double"]
    assert (reply.lost, reply.why) == ("foul", "too large")
    late = "import signal; signal.pthread_sigmask(0, {14, 2})\n    while True: pass"
    assert lost(late, call=0.5)[0] == "time"


@given(st.binary(max_size=200), st.integers(0, 3))
@example(NUMBERS.pack(0, 3, 0) + b"nul", 0)
@example(NUMBERS.pack(0, 100_000, 0) + b"[" * 100_000, 0)
@example(NUMBERS.pack(0, 11, 0) + b'{"a": 1e999}'[:11], 0)
@example(NUMBERS.pack(0, 10, 0) + b'{"a": NaN}', 0)
@example(NUMBERS.pack(0, 2, MAX_BODY + 1), 0)
def test_no_bytes_do_more_than_be_refused(data: bytes, number: int) -> None:
    for prefix in (b"", NUMBERS.pack(0, len(data), 0)):
        try:
            for head, _ in Reader().feed(prefix + data):
                assert isinstance(head, dict)
        except Foul:
            pass


JSON = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**30,
        1.5,
        "",
        "x",
        "\ud800",
        [],
        [[]],
        [1],
        {},
        {"a": {"b": []}},
        "stdout",
    ]
)


@given(
    st.fixed_dictionaries(
        {"is": st.sampled_from(["stream", "error", "display_data", "execute_result", "clear"])},
        optional={
            "name": JSON,
            "mimes": JSON | st.lists(st.sampled_from(["text/plain", "application/json", "x"])),
            "sizes": JSON | st.lists(st.integers(0, 4), max_size=3),
            "metadata": JSON,
            "id": JSON,
            "count": JSON,
            "wait": JSON,
        },
    ),
    st.binary(max_size=8),
)
def test_every_output_that_is_taken_is_a_valid_one(head: dict[str, Any], body: bytes) -> None:
    cell = new_code_cell("")
    outputs = Outputs(cell.outputs, Notebook())
    try:
        outputs.take(parse(json.dumps(head).encode()), body)
    except Foul:
        return
    outputs.finish()
    nbformat.validate(new_notebook(cells=[cell]))
    json.dumps(cell).encode()


def test_frames_come_through_in_any_pieces() -> None:
    data = pack(0, {"a": "ü"}, b"12") + pack(1, {}) + pack(2, {"b": [1]}, b"3")
    for size in (1, 7, len(data)):
        reader, found = Reader(), []
        for start in range(0, len(data), size):
            found += reader.feed(data[start : start + size])
        assert found == [({"a": "ü"}, b"12"), ({}, b""), ({"b": [1]}, b"3")] and reader.empty


# One submission and the next


def test_nothing_of_one_submission_reaches_the_next() -> None:
    spoil = (
        "import builtins, sys, os, warnings, numpy as np, matplotlib.pyplot as plt\n"
        "import utils.judging.judge\n"
        "np.random.seed(0)\nnp.sum = builtins.sorted = None\nplt.rcParams['figure.dpi'] = 7\n"
        "sys.modules['mine'] = sys\nutils.judging.judge.judge = None\nos.environ['MINE'] = '1'\n"
        "open('left', 'w').write('x'); open(os.path.expanduser('~/left'), 'w').write('x')\n"
        "class Evil(str): pass\nmine = 1\nget_ipython().ast_transformers.append(1)\n"
        "warnings.simplefilter('error')\nplt.figure()"
    )
    look = (
        "import os, sys, random, numpy as np, matplotlib.pyplot as plt, utils.judging.judge\n"
        "print(sorted([1]), np.sum([1, 2]), plt.rcParams['figure.dpi'], 'mine' in sys.modules,\n"
        "      callable(utils.judging.judge.judge), 'MINE' in os.environ, os.listdir('.'),\n"
        "      os.listdir(os.path.expanduser('~')), 'mine' in globals(), plt.get_fignums(),\n"
        "      get_ipython().ast_transformers, len(In))\n"
        "print(np.random.rand(), random.random())"
    )
    _, execution = run(spoil)
    assert execution.status == "graded"
    seen = [texts(run(look)[0][0]).splitlines() for _ in range(2)]
    clean = "[1] 3 100.0 False True False [] [] False [] [] 2"
    assert [lines[0] for lines in seen] == [clean, clean]
    assert seen[0][1] != seen[1][1]  # each has random numbers of its own


def test_a_submission_finds_a_single_thread_and_what_it_may_know() -> None:
    outputs, execution = run(
        "import gc, os, sys, threading\n"
        "print(threading.active_count(), gc.get_freeze_count() > 10_000, sys.argv,\n"
        "      os.environ['NBGRADER_EXECUTION'], os.environ['OPENBLAS_NUM_THREADS'])",
        "from earlier import three\nthree",
        files={"earlier.py": b"three = 3", "more/data.txt": b"x"},
    )
    assert texts(outputs[0]).strip() == "1 True ['ipykernel_launcher.py'] autograde 1"
    assert texts(outputs[1]) == "3"
    assert execution.level in ("namespaces", "landlock")


# The fork server


def test_what_draws_is_loaded_once_a_submission_has_drawn() -> None:
    worker.close()
    loaded = "import sys\nsorted({'matplotlib.pyplot', 'ipywidgets'} & set(sys.modules))"
    draws = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    for expected in ("[]", "['ipywidgets', 'matplotlib.pyplot']"):
        outputs, _ = run(loaded, draws)
        assert texts(outputs[0]) == expected
        assert "image/png" in outputs[1][0]["data"]


def test_it_is_started_ahead_and_only_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.close()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run("1")
    one = fork_servers(tmp_path)
    worker.close()
    for _ in range(2):
        worker.start()
    run("1")
    worker.start()
    assert len(fork_servers(tmp_path)) == len(one) > 0
    worker.close()
    worker.start()  # and nothing comes
    worker.close()
    assert_gone(tmp_path)


def test_it_is_renewed_and_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    worker.close()
    started: list[worker.Worker] = []
    real = worker.Worker.__init__

    def counted(self: worker.Worker, unsafe: bool = False) -> None:
        real(self, unsafe)
        started.append(self)

    monkeypatch.setattr(worker.Worker, "__init__", counted)
    monkeypatch.setattr(worker, "RENEW", 2)
    for _ in range(3):
        assert texts(run("1")[0][0]) == "1"
    assert len(started) == 2
    started[-1].server.kill()  # as if memory had run out
    assert texts(run("2")[0][0]) == "2"
    assert len(started) == 3
    worker.close()
    assert all(one.server.poll() is not None for one in started)


def test_whoever_loses_the_process_with_the_fork_server_is_run_again() -> None:
    run("1")
    assert worker._workers is not None
    server = worker._workers.current[False].server
    ending = threading.Timer(1.0, server.kill)  # as if memory had run out
    ending.start()
    outputs, execution = run("print('before')", "import time\ntime.sleep(3)\n'waited'")
    ending.join()
    assert server.poll() is not None
    assert [texts(each) for each in outputs] == ["before\n", "'waited'"]
    assert (execution.status, execution.messages) == ("graded", [])


def test_who_loses_it_twice_keeps_what_was_done_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: Process, until: float) -> None:
        raise Abandoned

    real = Process.receive
    monkeypatch.setattr(
        Process, "receive", lambda self, until: (gone if self._number > 2 else real)(self, until)
    )
    outputs, execution = run("print('before')", "2")
    assert execution.status == "crashed"
    assert texts(outputs[0]) == "before\n"


def test_who_lets_go_of_the_channel_alone_is_not_run_again() -> None:
    outputs, execution = run(FIND + "import os\nos.close(channel.line.fileno())", "2")
    assert execution.status == "crashed"
    assert texts(outputs[1]) == "2"


def test_threads_share_it() -> None:
    def one(number: int) -> str:
        return texts(run("import time", f"time.sleep(0.1)\n{number}")[0][1])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(16))) == [str(number) for number in range(16)]


def in_another_process(number: int) -> str:
    return texts(run(str(number))[0][0])


def test_processes_have_their_own_and_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(in_another_process, range(4))) == ["0", "1", "2", "3"]
    assert_gone(tmp_path)
    script = "import test_execute\nprint(test_execute.in_another_process(7))"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=beside_this(tmp_path)
    )
    assert ended.stdout == "7\n" and ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []
    assert_gone(tmp_path)


def test_it_ends_with_a_grader_that_is_killed(tmp_path: Path) -> None:
    script = """import os, sys, test_execute
test_execute.in_another_process(7)
print(len(test_execute.fork_servers(sys.argv[1])), flush=True)
os.kill(os.getpid(), 9)"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=beside_this(tmp_path))
    assert int(ended.stdout) > 0
    assert_gone(tmp_path)


def beside_this(place: Path) -> dict[str, str]:
    """The environment of a process that imports this module and has its temporary files there."""
    return {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(Path(__file__).parent)}


def fork_servers(place: Path | str) -> set[str]:
    """Process numbers of those whose library lies below `place`: bubblewrap, where it is used."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes()
        except OSError:
            continue
        if b"zygote.py" in command and os.fsencode(str(place)) + b"/grading-" in command:
            found.add(file.parent.name)
    return found


def assert_gone(place: Path) -> None:
    end = time.monotonic() + 10
    while (left := fork_servers(place)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


def test_what_stops_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    worker.close()
    monkeypatch.setattr(
        "autograder.sandbox.isolation.Sandbox.environment", lambda self: {"PATH": "/nowhere"}
    )
    monkeypatch.setattr(
        "autograder.sandbox.isolation.Sandbox.command",
        lambda self, library: ["python-that-is-not-there"],
    )
    with pytest.raises(worker.NoWorker, match="python-that-is-not-there"):
        run("1")
