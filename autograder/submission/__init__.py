"""What was handed in: found, recognised, its locked cells put back."""
