"""The finished functions of earlier units that this one builds on."""

import numpy as np


def sigmoid(z):
    """The logistic function 1 / (1 + exp(-z)), entry by entry.

    z: float64 array of any shape.
    Returns an array of z's shape, each entry in [0, 1], without overflow for any z.
    """
    e = np.exp(-np.abs(z))  # between 0 and 1 for every z
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def forget_gate(x, h_prev, U_f, W_f, b_f):
    """The forget gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_f: (D, H), W_f: (H, H), b_f: (H,) weights and bias of this gate.
    Returns f: (N, H), each entry in (0, 1): the share of the cell state that is kept.
    """
    return sigmoid(x @ U_f + h_prev @ W_f + b_f)
