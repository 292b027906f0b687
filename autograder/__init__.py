"""What grades the course: build, read, run, judge, report."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.grade import grade_notebook

__all__ = ["grade_notebook"]


def __getattr__(name: str) -> Any:
    # imported when asked for: what grades needs far more than what builds or judges
    if name == "grade_notebook":
        from autograder.grading.grade import grade_notebook

        return grade_notebook
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
