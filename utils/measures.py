"""What is compared where an exercise has more than one right answer.

A measure takes the arguments and the answer and gives numbers to compare. It raises ValueError,
with a sentence for the learner, where the answer has not even the right form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MEASURES: dict[str, Callable[[dict[str, Any], Any], Any]] = {}
