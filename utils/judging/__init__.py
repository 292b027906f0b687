"""From an answer to a verdict. Knows arrays and words, nothing of what is taught."""
