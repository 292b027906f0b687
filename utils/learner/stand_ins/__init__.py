"""What takes the place of an unsolved exercise, so that its notebook runs on: from unit 12 on, and
of weights that are set by hand.

The same signatures and results as the exercises have, by way of the course's own code.
"""

from utils.learner.stand_ins.after_lstm import min_lstm_scan, mlstm_step, slstm_step
from utils.learner.stand_ins.by_hand import (
    bracket_params,
    parity_params,
    reader_params,
    spotlight_params,
)
from utils.learner.stand_ins.capstone import beats_baseline, no_leak, own_gradients, own_step
from utils.learner.stand_ins.forecasting import (
    ar_forecast,
    make_windows,
    regression_head,
    regression_head_backward,
    standardise,
)
from utils.learner.stand_ins.language import encode, generate, perplexity, sample_next
from utils.learner.stand_ins.lengths import (
    last_states,
    masked_cross_entropy,
    masked_cross_entropy_backward,
    pad,
    reverse_padded,
    sequence_mask,
)
from utils.learner.stand_ins.pytorch import batch_first, from_torch, to_torch, torch_init
from utils.learner.stand_ins.training import (
    adam_update,
    bptt_windows,
    carry_state,
    clip_by_global_norm,
    early_stop,
    sgd_update,
    train_step,
)
from utils.networks.attention import attend, attend_backward
from utils.networks.regular import (
    average_weights,
    dropout_mask,
    layer_norm,
    layer_norm_backward,
)
from utils.networks.variants import (
    bidirectional_backward,
    bidirectional_forward,
    fused_lstm_forward,
    gru_step,
    gru_step_backward,
    peephole_step,
    peephole_step_backward,
    stacked_backward,
    stacked_forward,
)
from utils.training.search import beam_search

__all__ = [
    "adam_update",
    "ar_forecast",
    "attend",
    "attend_backward",
    "average_weights",
    "batch_first",
    "beam_search",
    "beats_baseline",
    "bidirectional_backward",
    "bidirectional_forward",
    "bptt_windows",
    "bracket_params",
    "carry_state",
    "clip_by_global_norm",
    "dropout_mask",
    "early_stop",
    "encode",
    "from_torch",
    "fused_lstm_forward",
    "generate",
    "gru_step",
    "gru_step_backward",
    "last_states",
    "layer_norm",
    "layer_norm_backward",
    "make_windows",
    "masked_cross_entropy",
    "masked_cross_entropy_backward",
    "min_lstm_scan",
    "mlstm_step",
    "no_leak",
    "own_gradients",
    "own_step",
    "pad",
    "parity_params",
    "peephole_step",
    "peephole_step_backward",
    "perplexity",
    "reader_params",
    "regression_head",
    "regression_head_backward",
    "reverse_padded",
    "sample_next",
    "sequence_mask",
    "sgd_update",
    "slstm_step",
    "spotlight_params",
    "stacked_backward",
    "stacked_forward",
    "standardise",
    "to_torch",
    "torch_init",
    "train_step",
]
