"""Keeping Python's garbage collector from going through what a process holds for good.

The division, the lists and the vocabulary are a million small objects. A full collection walks through all of them,
finds nothing and stops every request for 90 ms; it came every other second under load.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_held = 0


def settle() -> None:
    """Collect once, then take what is left for lasting: later collections look only at what came since."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """A short, bounded stretch that makes many objects and drops none of them."""
    global _held
    with _lock:
        _held += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _held -= 1
            if not _held:
                gc.enable()
