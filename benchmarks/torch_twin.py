"""What PyTorch makes of the course's weights, written down for unit 17. Needs PyTorch, once.

    python benchmarks/torch_twin.py

The run is utils/training/twin.py. The finished functions of the course
(solutions/17_pytorch/earlier.py) train an LSTM on first names for UPDATES updates; PyTorch's
nn.LSTM, from the same weights, makes the same run, once with bias_hh_l0 held at zero and once with
both biases trained. Then nn.LSTM reads a window with the weights that the course has trained, and
gives its states, its loss and every gradient. All in float64, one thread.

Writes solutions/17_pytorch/torch_twin.npz: versions, losses, weights, states, gradients, and which
parameters nn.LSTM has with other arguments.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "solutions" / "17_pytorch"
sys.path[:0] = [str(ROOT), str(UNIT)]
UPDATES = 300
LAYOUTS = {
    "nn.LSTM(27, 32)": {},
    "nn.LSTM(27, 32, num_layers=2)": {"num_layers": 2},
    "nn.LSTM(27, 32, bidirectional=True)": {"bidirectional": True},
    "nn.LSTM(27, 32, proj_size=8)": {"proj_size": 8},
    "nn.LSTM(27, 32, bias=False)": {"bias": False},
}


def window(
    torch: ModuleType, state: dict, params: dict, ids: np.ndarray, targets: np.ndarray
) -> dict:
    """What nn.LSTM and nn.Linear make of one window (T, N): states, loss, every gradient."""
    from utils.networks import pytorch

    K, H = len(params["b_y"]), params["W_f"].shape[0]
    lstm = pytorch.layer(state)
    linear = torch.nn.Linear(H, K, dtype=torch.float64)
    linear.load_state_dict(
        {"weight": torch.tensor(params["V"].T.copy()), "bias": torch.tensor(params["b_y"])}
    )
    h, (_, c_last) = lstm(torch.from_numpy(np.eye(K)[ids]))
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    loss = criterion(linear(h).reshape(-1, K), torch.from_numpy(targets).reshape(-1))
    loss = loss / ids.shape[1]
    loss.backward()
    named = {**dict(lstm.named_parameters()), **dict(linear.named_parameters())}
    return {
        "h": h.detach().numpy(),
        "c_last": c_last[0].detach().numpy(),
        "loss": np.array(loss.item()),
        **{f"gradient of {name}": p.grad.numpy() for name, p in named.items()},
    }


def main() -> None:
    import torch

    from utils.learner.own_lstm import OwnLSTM
    from utils.learner.stand_ins_pytorch import to_torch
    from utils.networks import pytorch
    from utils.training import twin

    from earlier import (
        adam_update,
        cross_entropy,
        init_params,
        lstm_backward,
        lstm_forward,
        output_layer_backward,
    )

    torch.set_num_threads(1)
    functions = ModuleType("functions")
    vars(functions).update(
        lstm_forward=lstm_forward,
        lstm_backward=lstm_backward,
        cross_entropy=cross_entropy,
        output_layer_backward=output_layer_backward,
    )
    x, targets, letters = twin.windows()
    K = len(letters)
    start = init_params(np.random.default_rng(17), K, twin.H, K)
    model = OwnLSTM(functions, start)
    stored = {"losses of the course": twin.fit(model, adam_update, UPDATES)}
    for name, both in (
        ("PyTorch, one bias trained", False),
        ("PyTorch, both biases trained", True),
    ):
        losses, first = pytorch.trained(
            to_torch(start), start["V"], start["b_y"], np.eye(K)[x], targets, UPDATES, twin.LR,
            both_biases=both,
        )  # fmt: skip
        stored[f"losses of {name}"] = losses
        apart = np.abs(losses / stored["losses of the course"] - 1)
        print(f"{name}: losses apart by at most {apart.max():.1e} of their size")
    stored["first gradient of bias_ih_l0"] = first["bias_ih_l0"]
    stored["first gradient of bias_hh_l0"] = first["bias_hh_l0"]
    stored |= {f"trained {name}": array for name, array in model.params.items()}
    stored |= window(torch, to_torch(model.params), model.params, x[0, :, :4], targets[0, :, :4])
    layouts = {
        name: {key: list(p.shape) for key, p in torch.nn.LSTM(27, 32, **more).named_parameters()}
        for name, more in LAYOUTS.items()
    }
    stored["layouts"] = np.array(json.dumps(layouts))
    stored["made by"] = np.array(f"torch {torch.__version__}, NumPy {np.__version__}")
    np.savez_compressed(UNIT / "torch_twin.npz", allow_pickle=False, **stored)
    print(stored["made by"], f"{(UNIT / 'torch_twin.npz').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
