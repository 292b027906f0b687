"""What the exercises of this unit share."""

import numpy as np

HOME = (4, 3, 5)  # (T, N, K) of the example in the notebook


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
