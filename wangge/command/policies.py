"""Permissions of the situation page and the live stream."""

from __future__ import annotations

from wangge.casework.policies import Perm as Casework

WATCH = Casework.READ
"""Numbers and events tell nothing but what the cases in scope tell."""
