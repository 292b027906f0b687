"""One BLAS thread, said before NumPy is imported.

NumPy hands its matrix products to a BLAS library, which by default starts a thread for every core.
The products of this course are small: the threads wait for each other longer than they compute,
and on a computer that has other work to do they wait for a core as well. The number is read once,
when NumPy is imported. So it is set here, where nobody has set one yet.
"""

from __future__ import annotations

import os
import sys

__all__ = ["blas_threads", "one_thread"]

# what OpenBLAS, Intel's MKL, Apple's Accelerate and OpenMP look at
VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)
_late = False


def one_thread() -> None:
    """Set one BLAS thread, unless a number is set already. Too late once NumPy is imported."""
    global _late
    if any(name in os.environ for name in VARIABLES):
        return
    if "numpy" in sys.modules:
        _late = True
        return
    os.environ.update(dict.fromkeys(VARIABLES, "1"))


def blas_threads() -> None:
    """Print on how many threads NumPy computes, and what to do if that is not settled."""
    if _late:
        print(
            "NumPy was imported before the course could ask for one thread, so it uses one for "
            "every core.\nThat works, but training may take several times as long. To change it: "
            "restart the kernel and run this cell first."
        )
        return
    number = next(os.environ[name] for name in VARIABLES if name in os.environ)
    print(f"NumPy computes on {number} thread{'' if number == '1' else 's'}.")
