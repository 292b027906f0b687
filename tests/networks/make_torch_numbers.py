"""Writes the numbers of PyTorch's LSTM that the course compares with. Needs PyTorch, once.

    python tests/networks/make_torch_numbers.py

All in float64: weights, inputs, states and results of torch.nn.LSTMCell and torch.nn.LSTM for units
06 and 08, and every gradient of torch.nn.LSTM for the course's fast LSTM.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
SEED, T, N, D, H = 6, 12, 3, 4, 5


def numbers() -> dict[str, dict[str, np.ndarray]]:
    """File → what it holds, by name."""
    torch.manual_seed(SEED)
    x, h0, c0 = (torch.randn(*s, dtype=torch.float64) for s in ((T, N, D), (N, H), (N, H)))

    cell = torch.nn.LSTMCell(D, H).double()
    h, c = cell(x[0], (h0, c0))
    one_step = {
        "x": x[0],
        "h_prev": h0,
        "c_prev": c0,
        "h": h,
        "c": c,
        **dict(cell.named_parameters()),
    }

    layer = torch.nn.LSTM(D, H).double()
    states, (_, c_last) = layer(x, (h0[None], c0[None]))
    weights = {name.removesuffix("_l0"): value for name, value in layer.named_parameters()}
    sequence = {"x": x, "h0": h0, "c0": c0, "h": states, "c_last": c_last[0], **weights}

    h0, c0, x = (tensor.clone().requires_grad_() for tensor in (h0, c0, x))
    states, (h_last, c_last) = layer(x, (h0[None], c0[None]))
    arriving = {"dh": torch.randn_like(states)}
    arriving |= {"dh_last": torch.randn_like(h_last[0]), "dc_last": torch.randn_like(c_last[0])}
    torch.autograd.backward(
        (states, h_last[0], c_last[0]),
        (arriving["dh"], arriving["dh_last"], arriving["dc_last"]),
    )
    inputs = {"x": x, "h0": h0, "c0": c0, **weights}
    gradients = {
        **inputs,
        **arriving,
        "h": states,
        "c_last": c_last[0],
        **{f"grad_{name}": tensor.grad for name, tensor in inputs.items()},
    }

    return {
        file: {name: tensor.detach().numpy() for name, tensor in content.items()}
        for file, content in (
            ("solutions/06_hidden_state/torch_lstm_cell.npz", one_step),
            ("solutions/08_forward_propagation/torch_lstm.npz", sequence),
            ("tests/networks/torch_lstm_gradients.npz", gradients),
        )
    }


if __name__ == "__main__":
    for file, content in numbers().items():
        np.savez(ROOT / file, allow_pickle=False, **content)
        print(file, {name: array.shape for name, array in content.items()})
