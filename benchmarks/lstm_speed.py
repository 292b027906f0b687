"""Tokens per second of an LSTM's forward and backward pass: ours beside what else there is.

    .venv/bin/python benchmarks/lstm_speed.py                 # the whole table and the goals
    .venv/bin/python benchmarks/lstm_speed.py --shapes 1 --dtypes float32 --threads 1
    .venv/bin/python benchmarks/lstm_speed.py --tricks        # what each trick pays
    .venv/bin/python benchmarks/lstm_speed.py \\
        --torch-python /elsewhere/bin/python --jax-python /elsewhere/bin/python

How it measures. The number of BLAS threads is set before NumPy is imported, so there is one process
for NumPy, one for PyTorch and one for JAX, and at any moment only one of them works: two thread
pools never share a process. All are held to as many cores as they have threads. In every round each
contender runs once, one after the other. A run counts only if its CPU time is at least 90 % of its
wall time: otherwise it waited for a core, and is run again, up to 30 times, after which the round
is rejected. Ratios are medians of the ratios within a round. On a machine so busy that rounds are
missing, the ratios of CPU times of the rejected rounds are used as well, and the table says so.

PyTorch and JAX are optional; their gradients are compared with ours before they are timed. How fast
each library multiplies two large matrices stands under the table: that much of a ratio is the
BLAS's. OpenBLAS picks a kernel for the processor by itself; which one is printed. Where a variable
of the environment chooses another (OPENBLAS_CORETYPE and the like), figures say little about the
processor, and there are none unless --as-set asks for them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ((25, 1, 65, 100), (50, 32, 65, 128), (64, 32, 80, 128), (100, 64, 65, 256))
THREADS = "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"
CHOOSING = (
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR",
    "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "XLA_FLAGS",
)  # fmt: skip
SHARE, TRIES = 0.9, 30
NUMPY = (
    "ours", "textbook", "loop over time", "CS231n style", "loop per sample", "products",
    "our products", "our calls", "np.matmul",
)  # fmt: skip
PEERS = ("torch", "torch.mm"), ("JAX", "jnp.matmul")
LARGE = 1024  # rows and columns of the product that tells one BLAS from another
LARGE_PRODUCTS = "np.matmul", "torch.mm", "jnp.matmul"

# contender, shapes, dtype, one thread: others / ours at least (or ours / bound at most)
GOALS: tuple[tuple[str, tuple[int, ...], tuple[str, ...], float], ...] = (
    ("torch", (1, 2, 3), ("float64",), 1.3),
    ("torch", (0,), ("float64",), 4.0),
    ("torch", (0,), ("float32",), 1.0),
    ("torch", (1,), ("float32",), 0.6),
    ("torch", (3,), ("float32",), 0.75),
    ("JAX", (0,), ("float32",), 1.0),
    ("loop over time", (1, 2, 3), ("float32", "float64"), 1.3),
    ("CS231n style", (1,), ("float32", "float64"), 2.5),
    ("CS231n style", (0,), ("float32", "float64"), 3.5),
    ("textbook", (1, 2, 3), ("float32", "float64"), 1.2),
    ("textbook", (0,), ("float32", "float64"), 4.0),
)
BOUNDS = ((1, 1.5), (3, 1.2))  # shape, ours / products at most; float32, one thread


# --- one worker process: prepares contenders, runs them when asked -----------------------------


def work(library: str, shape: tuple[int, ...], dtype_name: str) -> None:
    """Answers each line of standard input, a contender's name, with its wall and CPU seconds."""
    if hasattr(os, "sched_setaffinity"):  # JAX starts threads of its own, however many are set
        cores = sorted(os.sched_getaffinity(0))[-int(os.environ["OMP_NUM_THREADS"]) :]
        os.sched_setaffinity(0, cores)
    sys.path.insert(0, str(ROOT))
    import lstm_contenders as contenders
    import numpy as np

    T, N, D, H = shape
    dtype, rng = getattr(np, dtype_name), np.random.default_rng(0)
    given = D, H, dtype, rng.integers(D, size=(T, N)), rng.normal(size=(T, N, H)).astype(dtype)
    made = contenders.CONTENDERS if library == "numpy" else contenders.PEERS[library][0]
    runs, repeats, share = {}, {}, {}
    for name, make in made.items():
        runs[name] = make(*given)
        runs[name]()
        start = time.perf_counter()
        runs[name]()
        # a short run is repeated for 50 ms: in training, too, it seldom finds a cold cache
        repeats[name] = max(1, round(0.05 / (time.perf_counter() - start)))
        share[name] = min(1.0, contenders.PER_SAMPLE / N) if name == "loop per sample" else 1.0
    says = chosen() if library == "numpy" else f"{library} {version(library)}"
    if library != "numpy":
        gradients = contenders.PEERS[library][1](next(iter(runs.values()))())
        apart = contenders.distance(D, H, gradients, contenders.ours(*given)())
        says += f", gradients within {apart:.0e} of ours"
    print("ready", says, flush=True)
    for line in sys.stdin:
        name = line.strip()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(repeats[name]):
            runs[name]()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        scale = 1 / (repeats[name] * share[name])
        print(json.dumps([wall * scale, cpu * scale]), flush=True)


def chosen() -> str:
    """Which kernel OpenBLAS chose, as far as it can be asked."""
    import numpy as np

    from utils.networks.blas import kernel

    if kernel():
        return f"OpenBLAS, kernel {kernel()}"
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}, its kernel cannot be asked"


class Worker:
    """A process with its own thread pool."""

    def __init__(
        self, python: str, threads: int, shape: tuple[int, ...], dtype: str, library: str
    ) -> None:
        environment = os.environ | dict.fromkeys(THREADS, str(threads))
        what = json.dumps([library, shape, dtype])
        command = [python, str(Path(__file__).resolve()), "--work", what]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdin and self.process.stdout
        self.to, self.answers = self.process.stdin, self.process.stdout
        ready, _, self.says = self.answers.readline().strip().partition(" ")
        self.works = ready == "ready"
        if not self.works:
            _, error = self.process.communicate()
            self.says = error.strip().splitlines()[-1] if error.strip() else "ended without a word"

    def seconds(self, name: str) -> tuple[float, float]:
        print(name, file=self.to, flush=True)
        wall, cpu = json.loads(self.answers.readline())
        return wall, cpu

    def end(self) -> None:
        if self.works:
            self.process.communicate()


# --- rounds -------------------------------------------------------------------------------------

Taken = dict[str, tuple[float, float]]  # contender → wall and CPU seconds


class Rounds:
    """What was measured: the rounds in which nobody waited for a core, and the others."""

    def __init__(self, ask: dict[str, Callable], wanted: int) -> None:
        self.good: list[Taken] = []
        self.rejected: list[Taken] = []
        while len(self.good) < wanted and len(self.rejected) < wanted:
            taken, waited = one_round(ask)
            (self.rejected if waited else self.good).append(taken)
        self.enough = len(self.good) >= min(7, wanted)
        self.clock = 0 if self.enough else 1  # wall time, or CPU time of all rounds
        self.used = self.good if self.enough else self.good + self.rejected

    def ratio(self, name: str, to: str = "ours") -> float:
        """The median, over the rounds, of one contender's time over another's."""
        return median(taken[name][self.clock] / taken[to][self.clock] for taken in self.used)

    def __str__(self) -> str:
        counted = f"{len(self.good)} rounds, {len(self.rejected)} rejected"
        return counted if self.enough else f"{counted}: too busy, so CPU times of all of them"


def one_round(ask: dict[str, Callable]) -> tuple[Taken, bool]:
    """Each contender once, and whether one of them had to wait for a core at every try."""
    taken, any_waited = {}, False
    for name, seconds in ask.items():
        tries = 0
        waited = True
        while waited and tries < TRIES:
            wall, cpu = seconds(name)
            waited = cpu < SHARE * wall
            tries += 1
        taken[name] = (wall, cpu)
        any_waited |= waited
    return taken, any_waited


def table(rounds: Rounds, tokens: int) -> None:
    print(f"{'':18}{'tokens/s':>12}{'wall, ms':>11}{'CPU, ms':>10}{'time / ours':>13}")
    medians = {
        name: [median(taken[name][k] for taken in rounds.used) for k in (0, 1)]
        for name in rounds.used[0]
    }
    for name, (wall, cpu) in medians.items():
        if name in LARGE_PRODUCTS:
            continue
        print(
            f"{name:18}{tokens / (wall, cpu)[rounds.clock]:>12,.0f}{1000 * wall:>11.2f}"
            f"{1000 * cpu:>10.2f}{rounds.ratio(name):>13.2f}"
        )
    large = (
        f"{name} {2 * LARGE**3 / medians[name][rounds.clock] / 1e9:.0f}"
        for name in LARGE_PRODUCTS
        if name in medians
    )
    print(f"large products, {LARGE} x {LARGE}, GFLOP/s: " + ", ".join(large))


def goals(results: dict[tuple[int, str, int], Rounds]) -> None:
    """Each goal beside what was measured."""
    print("\nGoals, one thread (medians of the ratios within a round)")
    for shape, most in BOUNDS:
        rounds = results.get((shape, "float32", 1))
        if rounds:
            for bound in ("products", "our products"):
                got = 1 / rounds.ratio(bound)
                _goal(f"float32 {SHAPES[shape]}: ours / {bound}", got, most, got <= most, "at most")
    for name, shapes, dtypes, least in GOALS:
        for dtype in dtypes:
            for shape in shapes:
                rounds = results.get((shape, dtype, 1))
                if rounds and name in rounds.used[0]:
                    got = rounds.ratio(name)
                    label = f"{dtype} {SHAPES[shape]}: {name} / ours"
                    _goal(label, got, least, got >= least, "at least")


def _goal(label: str, got: float, wanted: float, reached: bool, words: str) -> None:
    missed = f"MISSED by {abs(got / wanted - 1):.0%}"
    print(f"{label:58}{got:>7.2f}   {words} {wanted:<5}{'reached' if reached else missed}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast the course's LSTM is.")
    parser.add_argument("--shapes", type=int, nargs="+", default=list(range(len(SHAPES))))
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--jax-python", default=sys.executable, help="a Python that has JAX")
    parser.add_argument(
        "--as-set", action="store_true", help="measure with the kernels that the environment sets"
    )
    parser.add_argument("--tricks", action="store_true", help="what each trick pays")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(*json.loads(options.work))
        return
    chosen_by_hand = [name for name in CHOOSING if name in os.environ]
    if chosen_by_hand and not options.as_set:
        names = " and ".join(chosen_by_hand)
        unset = " ".join(f"-u {name}" for name in chosen_by_hand)
        parser.error(
            f"the libraries multiply as {names} says: figures would not be the processor's. "
            f"Start with `env {unset}`, or measure as it is set with --as-set."
        )
    for name in chosen_by_hand:
        print(f"{name} is {os.environ[name]}")
    if options.tricks:
        os.environ.update(dict.fromkeys(THREADS, "1"))
        sys.path.insert(0, str(ROOT))
        from lstm_tricks import main as tricks

        print(chosen())
        tricks(Rounds, options.rounds)
        return
    results = {}
    for threads in options.threads:
        for dtype in options.dtypes:
            for index in options.shapes:
                results[index, dtype, threads] = compare(index, dtype, threads, options)
    if 1 in options.threads:
        goals(results)


def compare(index: int, dtype: str, threads: int, options: argparse.Namespace) -> Rounds:
    """One shape, one dtype, one number of threads: measured, printed, returned."""
    shape = SHAPES[index]
    ours = Worker(sys.executable, threads, shape, dtype, "numpy")
    if not ours.works:
        raise SystemExit(f"NumPy's worker failed: {ours.says}")
    peers = [
        Worker(options.torch_python, threads, shape, dtype, "torch"),
        Worker(options.jax_python, threads, shape, dtype, "jax"),
    ]
    ask: dict[str, Callable] = dict.fromkeys(NUMPY, ours.seconds)
    for peer, names in zip(peers, PEERS, strict=True):
        ask |= dict.fromkeys(names, peer.seconds) if peer.works else {}
    rounds = Rounds(ask, options.rounds)
    for worker in (ours, *peers):
        worker.end()
    print(
        f"\n(T, N, D, H) = {shape}, {dtype}, {threads} thread{'s' if threads > 1 else ''}; "
        f"{ours.says}; {rounds}"
    )
    for peer, (name, _) in zip(peers, PEERS, strict=True):
        print(peer.says if peer.works else f"without {name}: {peer.says}")
    table(rounds, shape[0] * shape[1])
    return rounds


if __name__ == "__main__":
    main()
