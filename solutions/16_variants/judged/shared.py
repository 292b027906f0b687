"""What the exercises of this unit share."""

import numpy as np

SIZES = "right for every T, N, D and H"


def weights(rng: np.random.Generator, D: int, H: int, gates: str) -> dict[str, np.ndarray]:
    shapes = {"U": (D, H), "W": (H, H), "b": (H,)}
    return {f"{kind}_{a}": rng.normal(size=shapes[kind]) for kind in "UWb" for a in gates}
