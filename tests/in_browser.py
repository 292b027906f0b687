"""A real Chromium, and a real JupyterLab to open in it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium; make test says how")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this computer, without a window."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@contextlib.contextmanager
def serving(folder: Path, home: Path, *options: str, **variables: str) -> Iterator[str]:
    """The address of a JupyterLab that serves `folder`, with nobody's settings or workspaces.

    home: a folder for what it keeps, made where there is none. options: more words on its command
    line. variables: of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
               f"--port={port}", "--ServerApp.token=", f"--ServerApp.root_dir={folder}",
               "--LabApp.news_url=", "--LabApp.check_for_updates_class="
               "jupyterlab.NeverCheckForUpdate", *options]  # fmt: skip
    own = {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config")}
    environment = os.environ | own | variables
    home.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{port}"
    with open(home / "log.txt", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(f"{address}/api/status", server, home / "log.txt")
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(120):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        assert server.poll() is None, f"JupyterLab ended before it answered: {log.read_text()}"
        time.sleep(0.5)
    raise AssertionError("JupyterLab did not answer within a minute")
