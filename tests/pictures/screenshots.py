"""`python -m tests.pictures.screenshots [UNIT…] -o DIR`: every unit as people see it.

Runs the solution notebooks (short budget) in a real JupyterLab in Chromium and photographs each
from top to bottom: in the light theme, in the dark one, and in a window 900 pixels wide. Beside
them it writes `axe.txt`: what axe-core finds in what the course shows, in both themes.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from axe import findings
from in_browser import chromium, serving

ROOT = Path(__file__).resolve().parents[2]
VIEWS = {"light": ("Light", 1280), "dark": ("Dark", 1280), "narrow": ("Light", 900)}
PIECE = 3000  # pixels of one photograph; they are put together
# Runs all cells; whether that is over. JupyterLab may first ask which kernel to take, although the
# notebook says it, and forgets cells that are sent before the kernel is there: then once more.
RUN = """() => {
    const ask = document.querySelector(".jp-Dialog .jp-mod-accept");
    if (ask) { ask.click(); return false; }
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
    if (prompts.some(prompt => prompt.textContent.includes("*"))) return false;
    if (prompts.every(prompt => /\\d/.test(prompt.textContent))) return true;
    window.sent = window.sent || [];
    if (Date.now() - (window.sent.at(-1) || 0) < 15_000) return false;
    if (window.sent.length === 3) return true;
    window.sent.push(Date.now());
    jupyterapp.commands.execute("notebook:run-all-cells");
    return false;
}"""
# all cells are in the page at once, and outputs are as long as they are
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": '{"windowingMode": "none"}',
    "@jupyterlab/apputils-extension/notification": '{"fetchNews": "false"}',
}


def main() -> int:
    """Photograph the units; 1 where a cell ended in an error or axe-core found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures.screenshots",
                                     description=main.__doc__)  # fmt: skip
    parser.add_argument("units", nargs="*", metavar="UNIT", help="beginnings of names, such as 02")
    parser.add_argument("-o", "--output", type=Path, default=Path("screenshots"), metavar="DIR")
    options = parser.parse_args()
    names = [path.parent.name for path in sorted(ROOT.glob("solutions/[0-9]*/exercises.py"))]
    names = [name for name in names if name.startswith(tuple(options.units) or "")]
    options.output.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        folder, home = Path(place, "course"), Path(place, "home")
        for name in names:
            shutil.copytree(ROOT / "solutions" / name, folder / "solutions" / name)
            notebook = folder / notebook_of(name)
            read = nbformat.read(notebook, as_version=4)
            del read.metadata["jupytext"]  # no longer paired with its master
            nbformat.write(read, notebook)
            notebook.with_suffix(".py").unlink()
        for shared in [*ROOT.glob("solutions/*.py"), ROOT / "nbgrader_config.py"]:
            shutil.copy(shared, folder / shared.relative_to(ROOT))
        (folder / "notebooks").mkdir()
        home.mkdir()
        for setting, text in SETTINGS.items():
            file = home / "settings" / f"{setting}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        os.environ |= {"LSTM_COURSE_BUDGET": "short", "PYTHONPATH": str(ROOT),
                       "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}  # fmt: skip
        with serving(folder, home, "--LabApp.expose_app_in_browser=True") as address:
            for name in names:
                page = browser.new_page(viewport={"width": 1280, "height": PIECE})
                wrong += photograph(page, address, name, options.output)
                page.close()
    return 1 if wrong else 0


def notebook_of(name: str) -> str:
    """Where a unit's solution lies in the course."""
    return f"solutions/{name}/{name.partition('_')[2]}.ipynb"


def photograph(page: Page, address: str, name: str, output: Path) -> int:
    """Run a unit's notebook and photograph it; how many cells failed and findings there are."""
    begun = time.monotonic()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/doc/tree/{notebook_of(name)}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    while not page.evaluate(RUN):
        page.wait_for_timeout(1000)
    found = []
    for view, (theme, width) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": PIECE})
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})",
            f"JupyterLab {theme}",
        )
        page.wait_for_selector(
            f"body[data-jp-theme-light='{str(theme == 'Light').lower()}']", state="attached"
        )
        page.wait_for_timeout(1500)
        whole(page).save(output / f"{name}-{view}.png", optimize=True)
        if view != "narrow":
            found += [f"{name} {view}: {line}" for line in findings(page)]
    failed = page.locator(".jp-OutputArea-output[data-mime-type$='stderr']").count()
    with open(output / "axe.txt", "a") as table:
        table.writelines(f"{line}\n" for line in found or [f"{name}: nothing"])
    print(f"{name}: {time.monotonic() - begun:.0f} s, {failed} errors, {len(found)} findings",
          flush=True)  # fmt: skip
    page.evaluate(
        """async () => { const kernels = jupyterapp.serviceManager.sessions;
            await kernels.shutdownAll(); }"""
    )
    return failed + len(found)


def whole(page: Page) -> Image.Image:
    """All of the notebook, put together from photographs."""
    panel = page.locator(".jp-WindowedPanel-outer").first
    box = panel.bounding_box()
    length = panel.evaluate(
        """panel => {
            const cells = [...panel.querySelectorAll(".jp-Cell")];
            const bottom = Math.max(...cells.map(cell => cell.getBoundingClientRect().bottom));
            return Math.ceil(panel.scrollTop + bottom - panel.getBoundingClientRect().top + 20);
        }"""
    )
    picture = Image.new("RGB", (round(box["width"]), length))
    top = 0
    while top < length:
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", top)
        page.wait_for_timeout(300)
        at = panel.evaluate("panel => panel.scrollTop")
        shot = Image.open(io.BytesIO(page.screenshot(clip=box)))
        picture.paste(shot, (0, round(at)))
        top += box["height"]
    return picture


if __name__ == "__main__":
    sys.exit(main())
