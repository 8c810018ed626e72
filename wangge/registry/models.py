"""Places that give addresses. The full registry (dwellings, households, residents) builds on these."""

from __future__ import annotations

import uuid

from django.db import models

from wangge.kit.ids import uuid7


class Estate(models.Model):
    """A residential compound 小区 or other named ground."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="estates")  # community

    class Meta:
        indexes = [models.Index(fields=["name"], name="registry_estate_name")]


class Building(models.Model):
    """A building with its address and a point inside it (WGS-84)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    estate = models.ForeignKey(Estate, models.PROTECT, null=True, related_name="buildings")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)  # 3号楼
    address = models.CharField(max_length=160)  # 大观园街道经二路 12 号睦和苑 3 号楼
    street_number = models.CharField(max_length=40, blank=True)  # 经二路12号, folded, taken from the address
    kind = models.CharField(max_length=24, blank=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="buildings")  # terminal grid
    area_pos = models.BigIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    households = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["area_pos"], name="registry_building_pos"),
            models.Index(fields=["lon", "lat"], name="registry_building_place"),
            models.Index(fields=["street_number"], name="registry_building_street"),
        ]


class Revision(models.Model):
    """One row, whose token changes with every write to places; see kit.revision."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="registry_revision_one_row")]
