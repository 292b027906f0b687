"""The speed table of unit 17: the learner's own LSTM, the course's fast one, and nn.LSTM.

    python benchmarks/torch_speed.py           # PyTorch is among them where it is installed

One process, one thread for NumPy and for PyTorch each; dense inputs of 65 numbers, 128 units, 50
steps, for one sequence and for 32. Every contender has its turn in each of 15 rounds; the median
counts. lstm_speed.py measures more carefully, in processes of their own, and with JAX. OpenBLAS
picks its kernel by itself: unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, where somebody has set
them, or the figures say little about the processor; which kernel it is is printed.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from types import ModuleType

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "solutions" / "17_pytorch")]
T, D, H = 50, 65, 128


def main() -> None:
    from utils.learner.stand_ins_pytorch import to_torch
    from utils.networks.blas import kernel
    from utils.networks.speed import contenders, in_turn

    from earlier import init_params, lstm_backward, lstm_forward

    functions = ModuleType("functions")
    vars(functions).update(lstm_forward=lstm_forward, lstm_backward=lstm_backward)
    params = init_params(np.random.default_rng(0), D, H, 1)
    print(f"NumPy {np.__version__}, kernel {kernel() or '?'}, Python {platform.python_version()}")
    print("milliseconds, median of 15 rounds")
    for N in (1, 32):
        made = contenders(functions, params, to_torch(params), T, N, np.random.default_rng(N))
        runs = {f"{name} {k}": run for name, pair in made.items() for k, run in enumerate(pair)}
        seconds = in_turn(runs, 15)
        print(f"\nT = {T}, N = {N}, D = {D}, H = {H}{'':14}forward   forward and backward")
        for name in made:
            ahead, both = (1000 * seconds[f"{name} {k}"] for k in (0, 1))
            print(f"{name:42}{ahead:9.2f}{both:14.2f}")


if __name__ == "__main__":
    main()
