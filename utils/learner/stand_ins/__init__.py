"""What takes the place of an unsolved exercise of units 12 to 14, so that their notebooks run on.

The same signatures and results as the exercises have, by way of the course's own code.
"""

from utils.learner.stand_ins.forecasting import (
    ar_forecast,
    make_windows,
    regression_head,
    regression_head_backward,
    standardise,
)
from utils.learner.stand_ins.language import encode, generate, perplexity, sample_next
from utils.learner.stand_ins.training import (
    adam_update,
    bptt_windows,
    carry_state,
    clip_by_global_norm,
    early_stop,
    sgd_update,
    train_step,
)

__all__ = [
    "adam_update",
    "ar_forecast",
    "bptt_windows",
    "carry_state",
    "clip_by_global_norm",
    "early_stop",
    "encode",
    "generate",
    "make_windows",
    "perplexity",
    "regression_head",
    "regression_head_backward",
    "sample_next",
    "sgd_update",
    "standardise",
    "train_step",
]
