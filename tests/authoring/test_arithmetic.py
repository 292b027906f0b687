"""What is stored, and every verdict, is the same however a processor adds up its products."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["reversed", "extended"])
def test_another_arithmetic_gives_the_same_course(kind):
    ran = subprocess.run(
        [sys.executable, "-m", "tests.authoring.arithmetic", kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
