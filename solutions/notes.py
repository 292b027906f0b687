"""Where the notes that the course is built on tell of something."""

NOTES = "notebooks/00_start_here/lstm-notes.md"


def section(name: str) -> str:
    """The last hint of an exercise: where to read on."""
    return f"Read the section “{name}” of the notes, `{NOTES}`."
