"""Loops over numbers, compiled by numba; without the interpreter's lock, and kept between processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    try:
        made = numba.njit(nogil=True, cache=True)(loop)
    except RuntimeError:  # no folder to keep machine code in: compile again in each process
        made = numba.njit(nogil=True)(loop)
    return cast(Loop, made)
