"""A verdict as something to read: the marked notebook and the feedback page."""

from autograder.course import Refused


class ForeignFiles(Refused):
    """A file that this module did not write lies where it would write; nothing was overwritten."""
