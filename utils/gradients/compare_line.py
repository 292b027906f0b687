"""One line per arrow of the cell walked backwards: is this gradient right?"""

from __future__ import annotations

import numpy as np

__all__ = ["compare_line"]


def compare_line(name: str, mine: np.ndarray, measured: np.ndarray) -> None:
    """Print whether `mine` agrees with `measured`, and by how much they differ at most.

    exact: to 1e-12 of their size, as two formulas agree; close: to 1e-6, as a formula agrees with
    a central difference; wrong otherwise, also where the shapes differ.
    """
    if np.shape(mine) != np.shape(measured):
        print(f"{name:10} wrong  shape {np.shape(mine)}, expected {np.shape(measured)}")
        return
    gap = np.linalg.norm(np.subtract(mine, measured))
    size = np.linalg.norm(mine) + np.linalg.norm(measured)
    error = gap / size if size else 0.0
    word = "exact" if error <= 1e-12 else "close" if error <= 1e-6 else "wrong"
    largest = float(np.max(np.abs(np.subtract(mine, measured)), initial=0.0))
    print(f"{name:10} {word}  largest difference {largest:.1e}")
