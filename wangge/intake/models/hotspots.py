"""Many matters about one thing at one place in a stretch of time, as they go on from day to day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from wangge.casework.models import Case
from wangge.kit.ids import uuid7
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class HotSpotState(models.TextChoices):
    ACTIVE = "active", "热点"
    AGENDA = "agenda", "已列入议题"
    DISMISSED = "dismissed", "已排除"
    OVER = "over", "已平息"


class HotSpotQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> HotSpotQuerySet:
        """Those that lie within the actor's areas as a whole; what spans several is for whoever sees them all."""
        return self if actor.scope.all else self.filter(scope.within("area_pos", actor.scope.areas))


class HotSpot(models.Model):
    """A cluster with its identity: it keeps its id while its matters go on. Written by services.hotspots."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=80)
    place = models.CharField(max_length=40, blank=True)
    area_pos = models.BigIntegerField(default=0)  # the smallest area that holds all its placed matters; 0: none
    state = models.CharField(max_length=10, choices=HotSpotState.choices, default=HotSpotState.ACTIVE)
    heat = models.FloatField()
    parts = models.JSONField(default=dict)
    trend = models.JSONField(default=list)  # matters a day, the last is the newest
    matters = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    likes = models.PositiveIntegerField(default=0)
    dislikes = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    found_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    alerted_at = models.DateTimeField(null=True)
    alerted_matters = models.PositiveIntegerField(default=0)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decided_matters = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)

    objects = HotSpotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "-heat"], name="hotspot_hot")]


class HotSpotCase(models.Model):
    """A matter that belongs to a hot spot, also after it has left the window."""

    spot = models.ForeignKey(HotSpot, models.CASCADE, related_name="members", db_index=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "spot"], name="hotspot_case_once")]
        indexes = [models.Index(fields=["spot"], name="hotspot_members")]


class HotSpotNotice(models.Model):
    """A unit was told that a hot spot grows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    spot = models.ForeignKey(HotSpot, models.CASCADE, related_name="notices")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    matters = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["unit_pos", "-at"], name="hotspot_notice_unit")]
