"""Functions to find zeros of, and their derivatives."""

import numpy as np

FUNCTIONS = {
    "parabola": (lambda x: x**2 - 2, lambda x: 2 * x),
    "cubic": (lambda x: x**3 - 2 * x - 5, lambda x: 3 * x**2 - 2),
    "exponential": (lambda x: np.exp(x) - 3, np.exp),
}


def f(name):
    """The function of that name."""
    return FUNCTIONS[name][0]


def df(name):
    """Its derivative."""
    return FUNCTIONS[name][1]
