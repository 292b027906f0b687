"""A verdict as something to read: the marked notebook and the feedback page."""
