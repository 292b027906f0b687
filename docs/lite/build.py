"""`make lite`: the course in a browser, with nothing to install (JupyterLite and Pyodide).

    python docs/lite/build.py [--pyodide FOLDER] [--out FOLDER]

FOLDER is the npm package `pyodide`: Python itself. Without one npm installs it into build/npm.
What else is pure Python (IPython,
ipywidgets, the course's own `utils`) is packed here from this environment (wheels.py); NumPy and
Matplotlib are compiled, and a reader's browser fetches them from Pyodide's own distribution.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path
from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs.lite.wheels import course_wheel, found_wheel, installed_wheels  # noqa: E402

KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSIONS = (KERNEL, "@jupyter-widgets/jupyterlab-manager")
KERNELSPEC = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
NEEDED = ("ipython", "jedi", "comm", "ipywidgets", "executing", "tqdm")
COMPILED = ("numpy", "matplotlib")  # what `utils` needs of Pyodide's own distribution
STARTED = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")

INSTALLED = ROOT / "build" / "npm" / "node_modules" / "pyodide"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pyodide", type=Path, default=INSTALLED)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "lite")
    given = parser.parse_args()
    if not (given.pyodide / "pyodide.mjs").is_file() and not _installed(given.pyodide):
        by_hand = f"npm install --prefix build/npm pyodide@{PYODIDE_VERSION}"
        print(f"{given.pyodide} holds no Pyodide. Bring it there: {by_hand}", file=sys.stderr)
        return 1
    source = given.out.with_name(f"{given.out.name}-source")
    for folder in (source, given.out):
        shutil.rmtree(folder, ignore_errors=True)
    _python(given.pyodide, source / "static" / "pyodide")
    _notebooks(source / "files")
    settings = {"loadPyodideOptions": {"packages": list(STARTED)}, "disablePyPIFallback": True}
    plugin = {"litePluginSettings": {f"{KERNEL}:kernel": settings}}
    lite = {"jupyter-lite-schema-version": 0, "jupyter-config-data": plugin}
    (source / "jupyter-lite.json").write_text(json.dumps(lite))
    # of this environment only what works without a server: nbgrader's extensions would complain
    build = {"ignore_sys_prefix": ["federated_extensions"], "federated_extensions": _extensions()}
    (source / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": build}))
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--no-sourcemaps"]
    command += ["--lite-dir", ".", "--contents", "files", "--output-dir", str(given.out.resolve())]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    return done.returncode


def _installed(pyodide: Path) -> bool:
    """Whether npm has just brought Pyodide. Any other folder than npm's own is the caller's."""
    npm = shutil.which("npm")
    if npm is None or pyodide != INSTALLED:
        return False
    folder = pyodide.parents[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    done = subprocess.run([*command, f"pyodide@{PYODIDE_VERSION}"])
    return done.returncode == 0 and (pyodide / "pyodide.mjs").is_file()


def _python(pyodide: Path, place: Path) -> None:
    """Pyodide, whose list of packages names the wheels that are packed here."""
    shutil.copytree(pyodide, place, ignore=shutil.ignore_patterns("*.map", "*.html", "*.d.ts"))
    version = json.loads((pyodide / "package.json").read_text(encoding="utf-8"))["version"]
    elsewhere = PYODIDE_CDN_URL.replace(PYODIDE_VERSION, version)
    path = place / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        entry["file_name"] = f"{elsewhere}/{entry['file_name']}"
    wheels = Path(_extensions()[0]) / "static" / "pypi"
    entries = installed_wheels(NEEDED, place)
    found = [next(wheels.glob(f"{name}-*")) for name in ("piplite", "pyodide_kernel", "ipykernel")]
    found.append(_micropip(pyodide, lock["packages"]["micropip"]["version"]))
    entries += [found_wheel(path, place) for path in found]
    entries.append(course_wheel(ROOT, place, depends=[*COMPILED, *NEEDED]))
    lock["packages"].update({entry["name"]: entry for entry in entries})
    path.write_text(json.dumps(lock), encoding="utf-8")


def _micropip(pyodide: Path, version: str) -> Path:
    """The wheel of micropip that this Pyodide wants, beside it; downloaded once.

    It is for a newer Python than the course asks for, so it cannot be installed here.
    """
    path = pyodide / f"micropip-{version}-py3-none-any.whl"
    if not path.is_file():
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary=:all:",
             "--python-version=3.14", "-d", str(pyodide), f"micropip=={version}"],
            check=True,
        )  # fmt: skip
    return path


def _notebooks(place: Path) -> None:
    """The released units as they are committed: no learner's work, no backup."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "notebooks"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place / name)
        if name.endswith(".ipynb"):
            notebook = json.loads((place / name).read_text(encoding="utf-8"))
            notebook["metadata"]["kernelspec"] = KERNELSPEC  # or JupyterLab asks which to start
            for cell in notebook["cells"]:
                _with_pictures(cell, (ROOT / name).parent)
            (place / name).write_text(json.dumps(notebook), encoding="utf-8")


def _with_pictures(cell: dict[str, Any], folder: Path) -> None:
    """Put a text cell's pictures into it: JupyterLite shows no SVG that lies beside a notebook."""
    text = "".join(cell["source"])
    for name in re.findall(r"\]\(([\w.-]+\.(?:svg|png))\)", text):
        if cell["cell_type"] == "markdown" and (folder / name).is_file():
            kind = {"svg": "image/svg+xml", "png": "image/png"}[name.rpartition(".")[2]]
            data = b64encode((folder / name).read_bytes()).decode("ascii")
            text = text.replace(f"]({name})", f"](data:{kind};base64,{data})")
    cell["source"] = text


def _extensions() -> list[str]:
    folders = [Path(path) for path in jupyter_path("labextensions")]
    return [
        str(next(folder / name for folder in folders if (folder / name).is_dir()))
        for name in EXTENSIONS
    ]


if __name__ == "__main__":
    sys.exit(main())
