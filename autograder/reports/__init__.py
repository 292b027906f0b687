"""A verdict as something to read: the marked notebook and the feedback page."""


class ForeignFiles(Exception):
    """A file that this module did not write lies where it would write; nothing was overwritten."""
