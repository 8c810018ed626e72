"""When a unit ends, what is in its care goes to the unit that takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from wangge.org import scope
from wangge.org.models import Unit
from wangge.registry.models import Component, Device, Tag


def hand_over(units: Mapping[UUID, Unit]) -> int:
    """Current tags, devices and components of the ended units; how many rows. The caller logs the change."""
    count = 0
    with scope.unrestricted():
        for ended, heir in units.items():
            tags = Tag.objects.filter(unit_id=ended, ended_on__isnull=True)
            count += tags.update(unit_id=heir.pk, unit_pos=heir.pos)
            count += Device.objects.filter(unit_id=ended).update(unit_id=heir.pk)
            count += Component.objects.filter(owner_id=ended).update(owner_id=heir.pk)
    return count
