"""Counts kept ready. All of it can be made again from cases and their log (services.reckoning.rebuild)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Kind(models.TextChoices):
    """Whose count it is. `district` is everything, placed or not; its only owner is 0.

    `matter`: what came in, was closed and was late, by the kind of matter below a root; of a unit, or of 0.
    """

    UNIT = "unit", "单位"
    COMMUNITY = "community", "社区"
    SUBDISTRICT = "subdistrict", "街道"
    DISTRICT = "district", "全区"
    MATTER = "matter", "事项类别"


class Changed(models.Model):
    """The log spoke of this case since it was counted. Filled by a trigger on the log, emptied by the reckoner."""

    case_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())


class Counted(models.Model):
    """What has been counted of a case: one entry of the four arrays for each count, as it stands in the cells."""

    case_id = models.UUIDField(primary_key=True)
    community_pos = models.BigIntegerField()
    subdistrict_pos = models.BigIntegerField()
    stratum = models.CharField(max_length=48)  # kind of matter below a root and urgency: C-01:normal
    days = ArrayField(models.DateField())
    units = ArrayField(models.UUIDField(null=True))
    codes = ArrayField(models.SmallIntegerField())
    amounts = ArrayField(models.IntegerField())
    standing = ArrayField(models.CharField(max_length=64))
    at = models.DateTimeField()


class Cell(models.Model):
    """Counts of a day (D), a week from Monday (W) or a month (M): `n[i]` is the measure with CODE i."""

    pk = models.CompositePrimaryKey("kind", "period", "start", "owner", "stratum")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    period = models.CharField(max_length=1)
    start = models.DateField()
    owner = models.CharField(max_length=36)  # a unit's id, or an area's position
    stratum = models.CharField(max_length=48)  # root of the matter and urgency: C:normal; a kind of matter: C-01
    n = ArrayField(models.IntegerField())


class Distribution(models.Model):
    """How long it took: `bins[i]` is how many fell into bin i of a spread; hours of the day for arrivals."""

    pk = models.CompositePrimaryKey("kind", "period", "start", "owner", "spread")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    period = models.CharField(max_length=1)
    start = models.DateField()
    owner = models.CharField(max_length=36)
    spread = models.SmallIntegerField()
    bins = ArrayField(models.IntegerField())


class Standing(models.Model):
    """Open cases as they are now, by one aspect: state, channel, category, card, and when they are due."""

    pk = models.CompositePrimaryKey("owner", "aspect", "key")
    owner = models.BigIntegerField()  # an area's position; 0: everything
    aspect = models.CharField(max_length=12)
    key = models.CharField(max_length=48)
    n = models.IntegerField()
