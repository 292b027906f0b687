"""The equations of the course: as TeX, and as the line of NumPy that computes the same.

tests/notation runs every line, looks at the shapes, and holds the backward ones against the complex
step and the course's own solutions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Equation:
    """One equation. result: the name that `code` computes, of shape `shape` ("" for a scalar).

    tex: without $. code: one expression in the course's names, of batches whose rows are examples.
    unit: the number of the unit that teaches it.
    """

    name: str
    result: str
    shape: str
    tex: str
    code: str
    unit: str


def _gate(name: str, letter: str, curve: str, unit: str) -> Equation:
    sign = {"sigmoid": r"\sigma", "np.tanh": r"\tanh"}[curve]
    inner = f"U_{letter} x_t + W_{letter} h_{{t-1}} + b_{letter}"
    code = f"{curve}(x @ U_{letter} + h_prev @ W_{letter} + b_{letter})"
    return Equation(name, letter, "(N, H)", f"{letter}_t = {sign}({inner})", code, unit)


FORWARD = (
    _gate("forget gate", "f", "sigmoid", "02"),
    _gate("input gate", "i", "sigmoid", "03"),
    _gate("candidate", "g", "np.tanh", "03"),
    _gate("output gate", "o", "sigmoid", "04"),
    Equation(
        "cell state",
        "c",
        "(N, H)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        "f * c_prev + i * g",
        "05",
    ),
    Equation("hidden state", "h", "(N, H)", r"h_t = o_t \odot \tanh(c_t)", "o * np.tanh(c)", "06"),
    Equation("logits", "logits", "(N, K)", "z_t = V h_t + b_y", "h @ V + b_y", "07"),
    Equation(
        "prediction",
        "y_hat",
        "(N, K)",
        r"\hat y_t = \mathrm{softmax}(z_t)",
        "softmax(logits)",
        "07",
    ),
    Equation(
        "loss of a step",
        "loss",
        "",
        r"L_t = -\log \hat y_t[y_t]",
        "-np.log(y_hat[np.arange(N), targets]).mean()",
        "07",
    ),
)

BACKWARD = (
    Equation(
        "softmax and loss",
        "dlogits",
        "(N, K)",
        r"dz = (\hat y - \mathrm{onehot}(y)) / N",
        "(y_hat - np.eye(K)[targets]) / N",
        "10",
    ),
    Equation("output layer", "dV", "(H, K)", r"dV = \textstyle\sum_t h^\top dz",
             "h.T @ dlogits", "10"),
    Equation("its bias", "db_y", "(K,)", r"db_y = \textstyle\sum_t \sum_n dz",
             "dlogits.sum(axis=0)", "10"),
    Equation("hidden state", "dh", "(N, H)", r"dh = dz\,V^\top + dh_{\text{from } t+1}",
             "dlogits @ V.T + dh_next", "11"),
    Equation("output gate", "do", "(N, H)", r"do = dh \odot \tanh(c)", "dh * np.tanh(c)", "10"),
    Equation(
        "cell state",
        "dc",
        "(N, H)",
        r"dc = dc_{\text{from } t+1} + dh \odot o \odot (1 - \tanh^2 c)",
        "dc_next + dh * o * (1 - np.tanh(c) ** 2)",
        "10",
    ),
    Equation("forget gate", "df", "(N, H)", r"df = dc \odot c_{t-1}", "dc * c_prev", "10"),
    Equation("input gate", "di", "(N, H)", r"di = dc \odot g", "dc * g", "10"),
    Equation("candidate", "dg", "(N, H)", r"dg = dc \odot i", "dc * i", "10"),
    Equation("cell state before", "dc_prev", "(N, H)", r"dc_{t-1} = dc \odot f", "dc * f", "10"),
    Equation(
        "through σ (f, i, o)",
        "delta_f",
        "(N, H)",
        r"\delta_a = da \odot a \odot (1 - a)",
        "df * f * (1 - f)",
        "10",
    ),
    Equation("through tanh (g)", "delta_g", "(N, H)", r"\delta_g = dg \odot (1 - g^2)",
             "dg * (1 - g**2)", "10"),
    Equation("input weights", "dU_f", "(D, H)", r"dU_a = \textstyle\sum_t x^\top \delta_a",
             "x.T @ delta_f", "10"),
    Equation("hidden weights", "dW_f", "(H, H)", r"dW_a = \textstyle\sum_t h_{t-1}^\top \delta_a",
             "h_prev.T @ delta_f", "10"),
    Equation("biases", "db_f", "(H,)", r"db_a = \textstyle\sum_t \sum_n \delta_a",
             "delta_f.sum(axis=0)", "10"),
    Equation(
        "input",
        "dx",
        "(N, D)",
        r"dx = \textstyle\sum_a \delta_a U_a^\top",
        "delta_f @ U_f.T + delta_i @ U_i.T + delta_g @ U_g.T + delta_o @ U_o.T",
        "10",
    ),
    Equation(
        "hidden state before",
        "dh_prev",
        "(N, H)",
        r"dh_{t-1} = \textstyle\sum_a \delta_a W_a^\top",
        "delta_f @ W_f.T + delta_i @ W_i.T + delta_g @ W_g.T + delta_o @ W_o.T",
        "10",
    ),
)  # fmt: skip

TRAINING = (
    Equation(
        "number of weights of a cell",
        "count",
        "",
        r"4\,(DH + H^2 + H)",
        "4 * (D * H + H * H + H)",
        "08",
    ),
    Equation(
        "half-life behind a gate f",
        "half_life",
        "",
        r"n_{1/2} = \ln \tfrac12 / \ln f",
        "np.log(0.5) / np.log(gate)",
        "02",
    ),
    Equation(
        "clip by the global norm",
        "clipped",
        "",
        r"g \leftarrow g \cdot \min(1,\; \mathrm{max\_norm} / \lVert g \rVert)",
        "gradient * min(1, max_norm / np.linalg.norm(gradient))",
        "12",
    ),
    Equation(
        "Adam's step",
        "updated",
        "",
        r"\theta \leftarrow \theta - \mathrm{lr}\; \hat m / (\sqrt{\hat v} + \varepsilon)",
        "theta - lr * m_hat / (np.sqrt(v_hat) + eps)",
        "12",
    ),
    Equation("perplexity", "perplexity", "", r"e^{L}, \; L \text{ the mean loss of a step}",
             "np.exp(loss)", "13"),
)  # fmt: skip
