"""The bitemporal area tree: district › subdistrict › community/village › terminal grid › courtyard."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from wangge.kit.ids import uuid7


class Level(models.IntegerChoices):
    DISTRICT = 0, "区"
    SUBDISTRICT = 1, "街道"
    COMMUNITY = 2, "社区/村"
    GRID = 3, "终端网格"
    COURTYARD = 4, "庭院"


class BoundaryStatus(models.TextChoices):
    NONE = "none", "无边界"
    DEMONSTRATION = "demonstration", "演示数据，未经测绘"
    DECLARED = "declared", "申报"
    SURVEYED = "surveyed", "实测"


class Area(models.Model):
    """An area's identity, which outlives re-coding, re-naming and moving."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    level = models.PositiveSmallIntegerField(choices=Level.choices)


DIVIDED = "划分方案 "
"""How the source of a version begins that a plan of division has made."""


class AreaVersionQuerySet(models.QuerySet["AreaVersion"]):
    def current(self) -> AreaVersionQuerySet:
        """What is held true now, for any day."""
        return self.filter(superseded_at__isnull=True)

    def known_at(self, moment: dt.datetime) -> AreaVersionQuerySet:
        """What was held true at `moment`, for any day."""
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment), recorded_at__lte=moment)

    def valid_on(self, day: dt.date) -> AreaVersionQuerySet:
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def at(self, day: dt.date | None = None) -> AreaVersionQuerySet:
        """The division of `day` (default today) as known now."""
        return self.current().valid_on(day or timezone.localdate())

    def within(self, area: AreaVersion) -> AreaVersionQuerySet:
        """`area` and everything below it."""
        return self.filter(pos__gte=area.pos, pos__lt=area.pos_end)


class AreaVersion(models.Model):
    """What an area was from `valid_from` until `valid_to` (exclusive), as recorded from `recorded_at` on.

    `superseded_at` is set when the record was corrected; the row stays. `pos`..`pos_end` is the tree interval
    (kit.tree.AREAS). `boundary` is WKB, EPSG:4326 (WGS-84, lon lat), Polygon or MultiPolygon.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="versions")
    parent = models.ForeignKey(Area, models.PROTECT, null=True, related_name="child_versions")
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    kind = models.CharField(max_length=16, blank=True)  # subdistrict/town, community/village, special…
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    pos = models.BigIntegerField()
    pos_end = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    boundary = models.BinaryField(null=True)
    boundary_status = models.CharField(max_length=16, choices=BoundaryStatus.choices, default=BoundaryStatus.NONE)
    lon = models.FloatField(null=True)  # a point inside, for labels
    lat = models.FloatField(null=True)
    area_km2 = models.FloatField(null=True)
    households = models.PositiveIntegerField(null=True)
    source = models.CharField(max_length=120, blank=True)

    objects = AreaVersionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["pos"], name="areas_version_pos"),
            models.Index(fields=["code"], name="areas_version_code"),
            models.Index(fields=["level"], name="areas_version_level", condition=Q(superseded_at__isnull=True)),
        ]
        constraints = [
            # One truth for each day an area begins anew, and one area for each code: both of what is held true now.
            models.UniqueConstraint(
                fields=["area", "valid_from"], condition=Q(superseded_at__isnull=True), name="areas_version_once"
            ),
            models.UniqueConstraint(
                fields=["code", "valid_from"], condition=Q(superseded_at__isnull=True), name="areas_code_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                name="areas_version_period",
            ),
        ]


class AreaAlias(models.Model):
    """Old or everyday names by which people call an area."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="areas_alias_once")]


class Revision(models.Model):
    """One row, whose token changes with every write to the areas: processes drop what they keep in memory by it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="areas_revision_one_row")]
