"""Text classification learned from examples: quick, calibrated, and able to say which words spoke for a label.

Knows nothing about districts or matters. numba and scipy are loaded when something is learned or predicted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wangge.kit.learning.faults import LearningStopped, ModelUnreadable, NothingToLearn
from wangge.kit.learning.figures import Bin, Figures, LabelFigures

if TYPE_CHECKING:
    from wangge.kit.learning.model import Model, Predictions, evaluate, load
    from wangge.kit.learning.training import learn

__all__ = [
    "Bin", "Figures", "LabelFigures", "LearningStopped", "Model", "ModelUnreadable", "NothingToLearn",
    "Predictions", "evaluate", "learn", "load",
]  # fmt: skip

_LAZY = {"Model": "model", "Predictions": "model", "evaluate": "model", "load": "model", "learn": "training"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
