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


def latch_params(D, H):
    """Weights, set by hand, with which unit 0 of an LSTM latches the sign of input 0.

    D, H: number of inputs and of hidden units.
    Returns a dict of the 12 float64 arrays U_f, U_i, U_g, U_o (D, H), W_f, W_i, W_g, W_o (H, H),
    b_f, b_i, b_g, b_o (H,). The states start at 0. While x is 0, c[:, 0] stays at 0; after a first
    input with x[:, 0] of size 0.5 or more and zeros ever after, c[:, 0] stays within 20 % of its sign,
    for 100 steps. Other inputs are 0, and other units may do what they like.
    """
    params = {f"U_{gate}": np.zeros((D, H)) for gate in "figo"}
    params |= {f"W_{gate}": np.zeros((H, H)) for gate in "figo"}
    params |= {f"b_{gate}": np.zeros(H) for gate in "figo"}
    params["b_f"][0] = 10.0  # keep, always
    params["b_i"][0] = 10.0  # let everything in, for with x = 0 the candidate is 0
    params["U_g"][0, 0] = 10.0  # the candidate is the sign of x
    return params


def output_gate(x, h_prev, U_o, W_o, b_o):
    """The output gate of one step.

    x: (N, D) input. h_prev: (N, H) hidden state of the step before.
    U_o: (D, H), W_o: (H, H), b_o: (H,) weights and bias of this gate.
    Returns o: (N, H), each entry in (0, 1): the share of the memory that is shown.
    """
    return sigmoid(x @ U_o + h_prev @ W_o + b_o)


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


def update_cell_state(f, c_prev, i, g):
    """The memory after one step.

    f, i: (N, H) forget and input gate. c_prev: (N, H) memory one step ago. g: (N, H) candidate.
    Returns c: (N, H), a new array.
    """
    return f * c_prev + i * g
