"""Processes beside this one, for work that holds the interpreter: Django is set up in them, no database is opened."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import django

from wangge.kit import memory

Given = TypeVar("Given")


def started(processes: int, begin: Callable[[Given], None], given: Given) -> ProcessPoolExecutor:
    """A pool whose processes each call `begin(given)` first."""
    # Pickled by hand: what it needs can be imported only after Django is set up.
    first = pickle.dumps((begin, given))
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin, (first,))


def _begin(first: bytes) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    begin, given = pickle.loads(first)  # noqa: S301 - made above
    begin(given)
    memory.settle()


def _end_with_parent() -> None:
    """A parent that was killed cannot end its pool, and a pool that waits for work would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
