"""What isolation costs: starting a worker, and setting one submission apart in it.

Prints a table of milliseconds for each level that this machine offers, and for no isolation. A
round starts one worker of each kind, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.sandbox import isolation

ROUNDS, FORKS = 5, 40

# Run as a worker: what it has imported is what every fork copies the page tables of.
WORKER = f"""
import sys; sys.path.insert(0, sys.argv[2])
import gc, json, os, resource, time
import IPython.core.interactiveshell, ipywidgets, matplotlib, numpy
matplotlib.use("agg")
import matplotlib.pyplot
from inside import confine
gc.collect(); gc.freeze()

def processor():
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(one)[:2]) for one in who)

def cost(fork, lock):
    walls, before = [], processor()
    for _ in range({FORKS}):
        began = time.perf_counter()
        pid = fork()
        if pid == 0:
            if lock:
                confine.lock_down(sys.argv[1])
            os._exit(0)
        os.waitpid(pid, 0)
        walls.append(time.perf_counter() - began)
        confine.clean(pid)
    return [sorted(walls)[len(walls) // 2], (processor() - before) / len(walls)]

print(json.dumps([cost(os.fork, False), cost(lambda: confine.fork(sys.argv[1]), True)]))
"""


def main() -> None:
    """Measure each way in turn, a few rounds, and print the medians."""
    works = {}
    for made in [*(way for way, _ in isolation._ways()), isolation.Sandbox("none")]:
        kind = f"{made.level}{' in bubblewrap' if made.bwrap else ''}"
        if kind not in works and (made.level == "none" or not isolation._problem(made)):
            works[kind] = made
    found: dict[str, list[list[float]]] = {kind: [] for kind in works}
    for _ in range(ROUNDS):
        for kind, made in works.items():
            found[kind].append(_measure(made))
    print("| level | start | fork alone | fork and lock | processor, fork alone | and lock |")
    print("|---|---|---|---|---|---|")
    for kind, rounds in found.items():
        medians = (statistics.median(column) * 1000 for column in zip(*rounds, strict=True))
        print(f"| {kind} | {' | '.join(f'{value:.1f}' for value in medians)} |")


def _measure(made: isolation.Sandbox) -> list[float]:
    """Seconds: an empty Python's start; wall of a fork and of all; processor of both."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder)
        shutil.copytree(isolation.INSIDE, library / "inside")
        place = isolation.LIBRARY if made.bwrap else folder
        began = time.perf_counter()
        empty = made.python(library, ["-I", "-S", "-c", ""])
        subprocess.run(empty, env=made.environment(), check=True)
        started = time.perf_counter() - began
        worker = made.python(library, ["-c", WORKER, made.level, place])
        shown = subprocess.run(
            worker, env=made.environment(), check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        made.close()
    (fork, fork_cpu), (locked, locked_cpu) = json.loads(shown)
    return [started, fork, locked, fork_cpu, locked_cpu]


if __name__ == "__main__":
    sys.exit(main())
