"""The finished functions of earlier units that this one builds on."""

import numpy as np


def candidate_state(x, h_prev, U_g, W_g, b_g):
    """The candidate state of one step: what could be added to the memory.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_g: (D, H), W_g: (H, H), b_g: (H,) weights and bias of the candidate.
    Returns g: (N, H), each entry in (-1, 1).
    """
    return np.tanh(x @ U_g + h_prev @ W_g + b_g)


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


def input_gate(x, h_prev, U_i, W_i, b_i):
    """The input gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_i: (D, H), W_i: (H, H), b_i: (H,) weights and bias of this gate.
    Returns i: (N, H), each entry in (0, 1): the share of the candidate that is written.
    """
    return sigmoid(x @ U_i + h_prev @ W_i + b_i)


def jacobian_norms(h, W):
    """How much the last state of a plain RNN depends on each state before it.

    h: (T, H) the hidden states of one sequence. W: (H, H) its recurrent weights.
    Returns (T,): entry t is the spectral norm of the Jacobian of h[T-1] for h[t]; the last is 1.
    """
    T, H = h.shape
    norms, jacobian = np.ones(T), np.eye(H)
    for t in range(T - 2, -1, -1):
        jacobian = jacobian @ ((1 - h[t + 1] ** 2)[:, None] * W.T)
        norms[t] = np.linalg.norm(jacobian, 2)
    return norms


def rnn_step(x, h_prev, U, W, b):
    """One step of a plain RNN.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before. U: (D, H). W: (H, H). b: (H,).
    Returns h: (N, H), the new hidden state.
    """
    return np.tanh(x @ U + h_prev @ W + b)


def rnn_forward(x, h0, U, W, b):
    """A plain RNN over a whole sequence.

    x: (T, N, D) inputs. h0: (N, H) state before the first step. U: (D, H). W: (H, H). b: (H,).
    Returns h: (T, N, H), the state after every step.
    """
    states, h = [], h0
    for x_t in x:
        h = rnn_step(x_t, h, U, W, b)
        states.append(h)
    return np.stack(states)
