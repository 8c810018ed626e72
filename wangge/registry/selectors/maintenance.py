"""The runs over many rows, with their proofs."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from wangge.registry.models import Maintenance

SHOWN = 20
_NAMES = ("id", "kind", "done", "started_at", "finished_at", "detail")


def runs(*kinds: str) -> list[dict[str, Any]]:
    """The latest of these kinds; they name classes, keys and numbers, and nobody."""
    found = Maintenance.objects.filter(kind__in=kinds).order_by("-started_at")[:SHOWN]
    return [
        {name: getattr(one, name) for name in _NAMES} | {"digest": bytes(one.digest).hex() if one.digest else None}
        for one in found
    ]


def ordered(task: str) -> bool:
    """Whether the worker has this to do, or is at it."""
    return bool(ProcrastinateJob.objects.filter(task_name=task, status__in=["todo", "doing"]).exists())
