"""What was handed in: found, recognised, its locked cells put back."""

NOTHING = "nothing was handed in"
