"""Modules by the names under which notebooks of earlier releases import them.

What a learner has written, or handed in, runs on: an import by an old name gives the module by its
new one. `from utils.plots import show` is `from utils.pictures.plots import show`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

MOVED = {
    "utils.ablation": "utils.training.ablation",
    "utils.animation": "utils.learner.earlier_pictures",
    "utils.arrows": "utils.gradients.compare_line",
    "utils.bug_hunt": "utils.gradients.bug_hunt",
    "utils.environment": "utils.learner.environment",
    "utils.explorer": "utils.learner.earlier_pictures",
    "utils.gradient_flow": "utils.learner.earlier_pictures",
    "utils.gradient_lstm": "utils.gradients.lstm",
    "utils.gradient_map": "utils.gradients.error_map",
    "utils.gradient_problem": "utils.gradients.problem",
    "utils.last_step": "utils.training.last_step",
    "utils.lstm": "utils.networks.lstm",
    "utils.lstm_copies": "utils.networks.lstm_copies",
    "utils.ngram": "utils.networks.ngram",
    "utils.papers": "utils.training.papers",
    "utils.pictures.animation": "utils.learner.earlier_pictures",
    "utils.pictures.explorer": "utils.learner.earlier_pictures",
    "utils.pictures.gradient_flow": "utils.learner.earlier_pictures",
    "utils.plots": "utils.pictures.plots",
    "utils.progress": "utils.learner.progress",
    "utils.quiz": "utils.learner.quiz",
    "utils.rnn": "utils.networks.rnn",
    "utils.side_by_side": "utils.training.side_by_side",
    "utils.tasks": "utils.training.tasks",
    "utils.train": "utils.training.train",
    "utils.variants": "utils.networks.variants",
    "utils.workbook": "utils.learner.workbook",
    "utils.writer": "utils.pictures.writer",
    "utils.wrong_backward": "utils.networks.wrong_backward",
}

# Names that have left a module: module → name → where it is now.
LEFT = {"utils.networks.rnn": {"accuracy_after_training": "utils.training.first_input"}}


def elsewhere(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module that some names have left."""

    def get(name: str) -> Any:
        if name in LEFT[module]:
            return getattr(import_module(LEFT[module][name]), name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get


class OldNames(MetaPathFinder, Loader):
    """Finds the modules in MOVED, after every other way has failed."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(MOVED[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It has run already; meanwhile the old name's spec was put on it, which is undone."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Let old names be imported in this process."""
    sys.meta_path.append(OldNames())
