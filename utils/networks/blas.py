"""Which kernel NumPy's BLAS multiplies with, and how large a product it likes best.

OpenBLAS copies the factors of a product into an order of its own before it multiplies: that pays
for large ones. On processors with AVX-512 it takes small ones, up to a million multiplications,
just as they lie (its "small matrix" kernels), and then a few small products are faster than the
large one that they make up. Other processors have no such kernels; there every split costs.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np

__all__ = ["kernel", "rows_at_once"]

SMALL = 10**6  # multiplications
WITH_SMALL_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
CACHED = 2**19  # bytes of a matrix that stays in the cache while it is used again and again
LEAST = 4  # rows: with fewer, the calls cost more than is gained


@cache
def kernel() -> str:
    """The kernel that OpenBLAS chose for this processor; "" where it cannot be asked."""
    for file in Path(np.__file__).parent.parent.glob("numpy.libs/*openblas*"):
        try:
            library = ctypes.CDLL(str(file))
        except OSError:
            continue
        for name in ("scipy_openblas_get_corename64_", "openblas_get_corename"):
            if hasattr(library, name):
                ask = getattr(library, name)
                ask.restype = ctypes.c_char_p
                return ask().decode()
    return ""


def rows_at_once(N: int, H: int, dtype: np.dtype, gates: int = 1) -> int:
    """How many rows of N to multiply with the (H, H) of so many of the four gates in one product.

    A divisor of N, or 0: all N rows and all four gates at once, and no splitting.
    """
    small_anyway, too_large = 4 * N * H * H <= SMALL, H * H * dtype.itemsize >= CACHED
    if N == 1 or small_anyway or too_large or kernel() not in WITH_SMALL_KERNELS:
        return 0
    rows = next((r for r in range(N, 0, -1) if N % r == 0 and r * gates * H * H <= SMALL), 0)
    return rows if rows >= min(LEAST, N) else 0
