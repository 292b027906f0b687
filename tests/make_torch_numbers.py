"""Writes the numbers of PyTorch's LSTM that units 06 and 08 compare with. Needs PyTorch, once.

    python tests/make_torch_numbers.py

All in float64: weights, inputs, states and results of torch.nn.LSTMCell and torch.nn.LSTM.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

SOLUTIONS = Path(__file__).resolve().parent.parent / "solutions"
SEED, T, N, D, H = 6, 12, 3, 4, 5


def numbers() -> dict[str, dict[str, np.ndarray]]:
    """File under solutions/ → what it holds, by name."""
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

    return {
        file: {name: tensor.detach().numpy() for name, tensor in content.items()}
        for file, content in (
            ("06_hidden_state/torch_lstm_cell.npz", one_step),
            ("08_forward_propagation/torch_lstm.npz", sequence),
        )
    }


if __name__ == "__main__":
    for file, content in numbers().items():
        np.savez(SOLUTIONS / file, allow_pickle=False, **content)
        print(file, {name: array.shape for name, array in content.items()})
