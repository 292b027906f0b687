"""Every command of docs/services.md works as it is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

TEXT = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```\n(.*?)^```$", TEXT, re.M | re.S)
    for line in block.splitlines()
]
ELSEWHERE = ("pip install", "docker ")  # need the network, or containers


def test_every_command_works_as_it_is_written(tmp_path: Path) -> None:
    shutil.copy(
        ROOT / "solutions" / "02_forget_gate" / "forget_gate.ipynb", tmp_path / "homework.ipynb"
    )
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment.pop("AUTOGRADER_COURSE", None)
    served = None
    port = ""
    ran = []
    try:
        for command in COMMANDS:
            if command.startswith(ELSEWHERE):
                continue
            ran.append(command.split()[0])
            if command == "autograder serve":
                # on a port that is free: somebody may be working on this computer
                served = subprocess.Popen(
                    [*command.split(), "--port=0"],
                    stderr=subprocess.PIPE,
                    text=True,
                    cwd=tmp_path,
                    env=environment,
                )
                assert served.stderr is not None
                port = served.stderr.readline().rpartition(":")[2].partition("/")[0]
                continue
            done = subprocess.run(
                ["bash", "-ec", command.replace(":8000/", f":{port}/")],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    finally:
        if served:
            served.terminate()
            served.communicate(timeout=60)
    assert ran == ["autograder", "autograder", "autograder", "curl"]
    assert (tmp_path / "unit.zip").is_file()
    assert json.loads(done.stdout)["submissions"][0]["score"] == 13


def test_what_it_points_at_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
