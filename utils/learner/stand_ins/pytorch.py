"""What takes the place of an unsolved exercise of unit 17: weights in PyTorch's layout and back."""

from __future__ import annotations

import numpy as np

__all__ = ["batch_first", "from_torch", "to_torch", "torch_init"]

Array = np.ndarray
Arrays = dict[str, Array]
PYTORCH = "ifgo"


def to_torch(params: Arrays) -> Arrays:
    """Exercise 17.1. params: U_* (D, H), W_* (H, H), b_* (H,). Returns PyTorch's four arrays."""
    packed = [
        np.vstack([np.atleast_2d(params[f"{kind}_{gate}"].T) for gate in PYTORCH]) for kind in "UW"
    ]
    bias = np.stack([params[f"b_{gate}"] for gate in PYTORCH]).reshape(-1)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return dict(zip(names, (*packed, bias, 0 * bias), strict=True))


def from_torch(state: Arrays) -> Arrays:
    """Exercise 17.2. state: PyTorch's four arrays. Returns the twelve of this course."""
    bias = state["bias_ih_l0"] + state["bias_hh_l0"]
    whole = {"U": state["weight_ih_l0"], "W": state["weight_hh_l0"], "b": bias}
    return {
        f"{kind}_{gate}": np.split(whole[kind], 4)[PYTORCH.index(gate)].T.copy()
        for kind in "UWb"
        for gate in "figo"
    }


def batch_first(x: Array) -> Array:
    """Exercise 17.3. x: (T, N, D). Returns (N, T, D)."""
    return np.moveaxis(x, 1, 0)


def torch_init(rng: np.random.Generator, D: int, H: int) -> Arrays:
    """Exercise 17.4. Returns the twelve arrays of a fresh nn.LSTM(D, H)."""
    far = H**-0.5
    shapes = {"U": (D, H), "W": (H, H), "b": (2, H)}
    drawn = {
        f"{kind}_{gate}": rng.uniform(-far, far, size=shapes[kind])
        for kind in "UWb"
        for gate in PYTORCH
    }
    return {name: a.sum(axis=0) if name[0] == "b" else a for name, a in drawn.items()}
