"""One submission from its cells to its verdict."""
