"""Is a gradient that somebody derived by hand right? By the name that the notebooks use.

    report = check_gradients(loss, params, grads)

See utils.gradients.check; for the course's LSTM, with sound settings, utils.gradients.lstm.
"""

from utils.gradients.check import (
    check_gradients,
    complex_step_gradient,
    directional_check,
    numerical_gradient,
)

__all__ = ["check_gradients", "complex_step_gradient", "directional_check", "numerical_gradient"]
