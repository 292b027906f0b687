"""What the exercises of this unit share."""

import numpy as np


def numerical_gradient(f, a, eps=1e-5):
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


def relative_error(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def _difference(steps, divide, where="entry"):
    """Numerical gradients from f at a moved by each of two steps, in units of eps."""

    def gradient(f, a, eps=1e-5):
        result = np.zeros(a.shape)
        for index in np.ndindex(a.shape):
            values = []
            for move in steps:
                moved = a.copy()
                moved[index if where == "entry" else ...] += move * eps
                values.append(f(moved))
            result[index] = (values[0] - values[1]) / (divide * eps)
        return result

    return gradient
