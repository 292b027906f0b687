"""What trains the networks, on which tasks, and what one sees meanwhile."""
