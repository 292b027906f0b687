"""What the exercises of this unit share."""

import numpy as np


def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: scale * g for name, g in grads.items()}, norm


# Arrays of different sizes and kinds, as a model has them. The names are not those of the cell, so
# that nobody counts on them.
SHAPES = {"U_f": (2, 3), "W_f": (3, 3), "b_f": (3,), "V": (3, 4), "b_y": (4,)}


OTHER = {"kernel": (4, 2), "bias": (2,)}


ARRAYS = tuple(SHAPES) + tuple(OTHER)


def arrays(rng: np.random.Generator, shapes=SHAPES, size: float = 1.0) -> dict[str, np.ndarray]:
    return {name: size * rng.normal(size=shape) for name, shape in shapes.items()}
