"""The edition that runs in a browser: built, opened in Chromium, and Python started in it.

NumPy for Pyodide comes from Pyodide's own servers, which no test may ask. So this shows that all
works up to the first `import numpy`, and nothing beyond it.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import ROOT
from in_browser import chromium, needs_chromium
from playwright.sync_api import Page, expect

PYODIDE = Path(
    os.environ.get("LSTM_COURSE_PYODIDE", ROOT / "build" / "npm" / "node_modules" / "pyodide")
)
pytestmark = [
    pytest.mark.xdist_group("lite"),
    needs_chromium,
    pytest.mark.skipif(
        not list(PYODIDE.glob("micropip-*.whl")),
        reason="needs Pyodide: run `make lite` once, or say where it is in LSTM_COURSE_PYODIDE",
    ),
]


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lite") / "out"
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "lite" / "build.py", "--pyodide", PYODIDE, "--out", out],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def visit(lite: Path) -> Iterator[tuple[Page, str, list[str]]]:
    """(a tab, the address of the edition, what was asked of other servers, in vain)."""
    asked: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=lite))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"

    def only_here(route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.route("**/*", only_here)
        tab = context.new_page()
        tab.set_default_timeout(120_000)
        yield tab, address, asked
    server.shutdown()
    server.server_close()


def _run(tab: Page, address: str, code: str):
    tab.goto(f"{address}/repl/index.html?kernel=python&execute=1&code={quote(code)}")
    return tab.locator(".jp-CodeConsole-content .jp-OutputArea-output").last


def test_python_starts_and_the_course_is_there_up_to_numpy(visit, lite: Path):
    tab, address, asked = visit
    shown = _run(tab, address, "import ipywidgets\nprint('works', ipywidgets.__version__)")
    expect(shown).to_contain_text("works 8", timeout=120_000)
    assert asked == [], "Python itself, IPython and the widgets are in the edition"

    shown = _run(tab, address, "import utils.check")
    expect(shown).to_contain_text("No module named 'numpy'", timeout=120_000)
    lines = shown.inner_text().splitlines()
    assert any("from IPython.display import display" in line for line in lines)
    last = [line for line in lines if line.startswith("File ")][-1]
    assert "/utils/judging/" in last, "everything before the first use of NumPy was imported"
    lock = json.loads((lite / "static" / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    assert lock["packages"]["numpy"]["file_name"] in asked, "a reader's browser fetches it"


def test_a_unit_opens_with_its_picture_and_starts_python(visit):
    tab, address, asked = visit
    tab.goto(f"{address}/lab/index.html?path=notebooks/02_forget_gate/forget_gate.ipynb")
    heading = tab.locator(".jp-Notebook h1").first
    expect(heading).to_contain_text("The forget gate", timeout=120_000)
    picture = tab.locator(".jp-Notebook img").first
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0, "the diagram is not drawn"
    expect(tab.locator("#jp-main-statusbar")).to_contain_text("(Pyodide) | Idle", timeout=120_000)
    assert tab.get_by_role("dialog").count() == 0, "nobody has to choose a kernel"
    assert asked == []
