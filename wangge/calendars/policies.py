"""Permissions of the calendars."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    EDIT = "calendars:calendar:edit"
