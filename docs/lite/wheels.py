"""Wheels of pure Python packages, packed from what is installed here: no index has to be asked.

Each function writes a wheel and gives its entry in Pyodide's list of packages (pyodide-lock.json).
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

IN_BROWSER = {"sys_platform": "emscripten", "platform_system": "Emscripten", "extra": "",
              "python_version": "3.14", "python_full_version": "3.14.2"}  # fmt: skip
HAS_BOTH = {"wcwidth"}  # compiled, with the same in Python beside it
FRONT_END = {"widgetsnbextension", "jupyterlab-widgets"}  # JavaScript, not asked by a kernel


def installed_wheels(names: tuple[str, ...], place: Path) -> list[dict[str, Any]]:
    """These packages and all that they need in a browser. ValueError where one is compiled."""
    waiting, done = list(names), {}
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in done:
            continue
        found = distribution(name)
        needed = [each for each in map(Requirement, found.requires or [])
                  if each.marker is None or each.marker.evaluate(IN_BROWSER)]  # fmt: skip
        depends = [canonicalize_name(each.name) for each in needed]
        depends = [each for each in depends if each not in FRONT_END]
        waiting += depends
        done[name] = _packed(
            name, found, [each for each in depends if each not in FRONT_END], place
        )
    return list(done.values())


def _packed(name: str, found: Distribution, depends: list[str], place: Path) -> dict[str, Any]:
    pure = "Root-Is-Purelib: true" in (found.read_text("WHEEL") or "")
    if not pure and name not in HAS_BOTH:
        raise ValueError(f"{name} is compiled: it cannot be packed from here")
    path = place / f"{name.replace('-', '_')}-{found.version}-py3-none-any.whl"
    tops = set()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in found.files or []:
            inside = not file.parts[0].startswith("..") and "__pycache__" not in file.parts
            inside = inside and file.suffix != ".so"
            if inside and (source := Path(str(file.locate()))).is_file():
                wheel.write(source, file.as_posix())
                tops.add(file.parts[0].removesuffix(".py"))
    imports = sorted(top for top in tops if top.isidentifier())
    return _entry(name, found.version, path, imports, depends)


def found_wheel(source: Path, place: Path) -> dict[str, Any]:
    """A wheel that lies here already."""
    shutil.copy(source, place)
    name, version, *_ = parse_wheel_filename(source.name)
    return _entry(name, str(version), place / source.name, [name.replace("-", "_")], [])


def course_wheel(root: Path, place: Path, depends: list[str]) -> dict[str, Any]:
    """`utils` with its data: importing it loads what it depends on."""
    path = place / "lstm_course-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in sorted((root / "utils").rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                wheel.write(file, file.relative_to(root).as_posix())
        about = "Metadata-Version: 2.1\nName: lstm-course\nVersion: 0\n"
        wheel.writestr("lstm_course-0.dist-info/METADATA", about)
        wheel.writestr("lstm_course-0.dist-info/RECORD", "")
    return _entry("lstm-course", "0", path, ["utils"], depends)


def _entry(
    name: str, version: str, path: Path, imports: list[str], depends: list[str]
) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "file_name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "imports": imports,
        "depends": depends,
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }
