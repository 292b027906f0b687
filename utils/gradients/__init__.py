"""Is a gradient right, where not, and why? Behind `utils.gradient_check`."""
