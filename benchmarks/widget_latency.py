"""How long a slider's move takes until the picture has followed, in a JupyterLab in Chromium.

    .venv/bin/python benchmarks/widget_latency.py [--moves 40]

The living cell (anywidget, SVG) and the explorer that it replaced (ipywidgets, Matplotlib), in one
notebook, in turns: from the slider's event in the browser, by way of the kernel and the learner's
function, to the next frame after the picture has changed. Needs Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
NEW = """
import numpy as np
from utils.learner.living_cell import living_cell

def forget_gate(x, h_prev, U_f, W_f, b_f):
    return 1 / (1 + np.exp(-(x @ U_f + h_prev @ W_f + b_f)))

living_cell(forget_gate)
"""
# the explorer of the course before: the same gate, its curve and what is left of a memory
OLD = """
import ipywidgets
import matplotlib.pyplot as plt
from utils.pictures.plots import course_style, picture_of

course_style()
one = np.ones((1, 1))

def value(b):
    return float(forget_gate(0 * one, 0 * one, 1.5 * one, one, np.array([b]))[0, 0])

def draw(b):
    f = value(b)
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
    reach = np.linspace(-8, 8, 81)
    left.plot(reach, [value(z) for z in reach])
    left.plot(b, f, "o", color="black", markersize=9)
    left.set(title=f"$f$ = {f:.2f}", xlabel="pre-activation z", ylabel="gate $f$")
    right.plot(np.arange(31), f ** np.arange(31), "o-", markersize=4)
    right.set(title="what is left of a memory of 1", xlabel="steps at this gate", ylabel="left")
    return picture_of(fig, f"f = {f:.3g}", whole=True)._repr_mimebundle_()["text/html"]

slider = ipywidgets.FloatSlider(min=-5, max=5, step=0.1, description="bias b_f")
image = ipywidgets.HTML(draw(0.0))
slider.observe(lambda change: setattr(image, "value", draw(change["new"])), names="value")
ipywidgets.VBox([slider, image])
"""
MOVE_NEW = """([k]) => new Promise((done) => {
    const cell = document.querySelector(".living-cell");
    const input = cell.querySelector("input[id$=b_f]");
    const number = cell.querySelector("[data-of='bars 1']");
    const seen = new MutationObserver(() => {
        seen.disconnect();
        requestAnimationFrame(() => done(performance.now() - start));
    });
    seen.observe(number, {subtree: true, attributes: true});
    const start = performance.now();
    input.value = Number(input.value) + (k % 2 ? -1 : 1) * 0.1 * (1 + (k % 7));
    input.dispatchEvent(new Event("input", {bubbles: true}));
})"""
MOVE_OLD = """([k]) => new Promise((done) => {
    const handle = document.querySelector(".widget-slider .noUi-handle");
    const box = document.querySelector(".widget-html img").closest(".widget-html");
    const seen = new MutationObserver(async () => {
        seen.disconnect();
        await box.querySelector("img").decode();
        requestAnimationFrame(() => done(performance.now() - start));
    });
    seen.observe(box, {subtree: true, childList: true, attributes: true});
    const start = performance.now();
    const key = {key: k % 2 ? "ArrowLeft" : "ArrowRight", bubbles: true};
    handle.dispatchEvent(new KeyboardEvent("keydown", key));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=40, help="of each, after five to warm up")
    moves = parser.parse_args().moves
    with tempfile.TemporaryDirectory() as folder:
        taken = run(Path(folder), moves)
    print("| a move of a slider, milliseconds | median | 95 % | most |")
    print("|---|---|---|---|")
    for name, times in taken.items():
        ordered = sorted(times)
        late = ordered[int(0.95 * (len(ordered) - 1))]
        print(f"| {name} | {statistics.median(times):.0f} | {late:.0f} | {ordered[-1]:.0f} |")
    new, old = (statistics.median(times) for times in taken.values())
    print(f"\nthe living cell answers {old / new:.1f} times as fast")


def run(folder: Path, moves: int) -> dict[str, list[float]]:
    """Milliseconds of each move of both."""
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (NEW, OLD)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "move.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ServerApp.token=", f"--ServerApp.root_dir={folder}"]
    own = {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    own["PYTHONPATH"] = str(ROOT)
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, env=os.environ | own, stdout=quiet, stderr=quiet)
    try:
        _wait(f"http://127.0.0.1:{port}/api/status")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
                args=["--no-sandbox", "--disable-gpu"],
            )
            page = browser.new_page(viewport={"width": 1280, "height": 1800})
            page.goto(f"http://127.0.0.1:{port}/lab/tree/move.ipynb")
            _run_all(page)
            taken: dict[str, list[float]] = {
                "the living cell (anywidget, SVG)": [],
                "as it was (ipywidgets, Matplotlib)": [],
            }
            for k in range(moves + 5):
                for times, move in zip(taken.values(), (MOVE_NEW, MOVE_OLD), strict=True):
                    times.append(page.evaluate(move, [k]))
                    page.wait_for_timeout(400)  # the kernel is idle again
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    return {name: times[5:] for name, times in taken.items()}


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("JupyterLab did not answer within a minute")


def _run_all(page: Page) -> None:
    page.set_default_timeout(120_000)  # a loaded machine takes its time
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=120_000)
    for cell in page.locator(".jp-CodeCell").all()[:2]:
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".living-cell")
    page.wait_for_selector(".widget-slider .noUi-handle")


if __name__ == "__main__":
    main()
