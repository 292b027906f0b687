"""What takes the place of weights that units 03 to 06 ask to be set by hand."""

from __future__ import annotations

import numpy as np

__all__ = ["bracket_params", "parity_params", "reader_params", "spotlight_params"]

Array = np.ndarray
Entries = dict[str, float | list[float]]


def _set(D: int, H: int, gates: str, unit_0: Entries) -> dict[str, Array]:
    """U, W, b of these gates: 0 but for b[0] and the first rows of column 0 of U and W."""
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    params = {f"{kind}_{gate}": np.zeros(shapes[kind]) for kind in shapes for gate in gates}
    for name, numbers in unit_0.items():
        column = np.atleast_1d(np.array(numbers, dtype=float))
        target = params[name]
        (target if target.ndim == 1 else target[:, 0])[: column.size] = column
    return params


def reader_params(D: int, H: int) -> dict[str, Array]:
    """Exercise 3.3: the gate opens for inputs 0 and 1, the candidate tells them apart."""
    return _set(D, H, "ig", {"U_i": [14, 14], "b_i": -7, "U_g": [6, -5], "b_g": 0.4})


def spotlight_params(D: int, H: int) -> dict[str, Array]:
    """Exercise 4.2."""
    params = _set(D, H, "o", {})
    np.fill_diagonal(params["U_o"], 14.0)
    params["b_o"] -= 7.0
    return params


def bracket_params(D: int, H: int) -> dict[str, Array]:
    """Exercise 5.3."""
    entries: Entries = {"b_f": 11, "U_f": [0, 0, -22], "b_i": 9, "U_g": [9, -9]}
    return _set(D, H, "figo", entries)


def parity_params(D: int, H: int) -> dict[str, Array]:
    """Exercise 6.3: the two gates take turns, and the candidate turns away from what was shown."""
    entries: Entries = {"b_f": 9, "U_f": -18, "b_i": -9, "U_i": 18, "b_g": 2.5, "W_g": -9, "b_o": 9}
    return _set(D, H, "figo", entries)
