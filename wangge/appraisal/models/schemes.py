"""The rules that judge: indicators and the five steps as loaded, and schemes of scores in versions."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from wangge.kit.ids import uuid7


class BookKind(models.TextChoices):
    INDICATORS = "indicators", "指标"
    FIVE_STEPS = "five_steps", "五步闭环"


class BookQuerySet(models.QuerySet["Book"]):
    def for_period(self, kind: BookKind, start: dt.date) -> Book | None:
        """What was in force when a period began; the first there is for what lies before all of them."""
        ordered = self.filter(kind=kind).order_by("-valid_from", "-loaded_at", "-id")
        return ordered.filter(valid_from__lte=start).first() or ordered.last()


class Book(models.Model):
    """A loaded version of the profile's indicators.yaml or five_steps.yaml (appraisal.rules)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=BookKind.choices)
    version = models.CharField(max_length=40)
    valid_from = models.DateField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    objects = BookQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="appraisal_book_once")]


class Scheme(models.Model):
    """A composite score of one kind of units and periods. What it says stands in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    unit_kind = models.CharField(max_length=16)
    period = models.CharField(max_length=8)


class VersionState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"


class VersionQuerySet(models.QuerySet["SchemeVersion"]):
    def for_period(self, scheme: Scheme, start: dt.date) -> SchemeVersion | None:
        """The version in force when a period began; the first there is for what lies before all of them."""
        published = self.filter(scheme=scheme, state=VersionState.PUBLISHED).order_by("-valid_from", "-number")
        return published.filter(valid_from__lte=start).first() or published.last()


class SchemeVersion(models.Model):
    """Weights and targets, drafted by one person and published by another. What was published never changes.

    `content` is appraisal.rules.SchemeContent. Without `drafted_by` it came with the profile.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    content = models.JSONField()
    reason = models.CharField(max_length=500)
    valid_from = models.DateField(null=True)
    drafted_at = models.DateTimeField()
    drafted_by = models.UUIDField(null=True)
    drafted_name = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=500, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="scheme_version_once"),
            models.UniqueConstraint(fields=["scheme"], condition=Q(state=VersionState.DRAFT), name="scheme_one_draft"),
            models.CheckConstraint(
                condition=~Q(state=VersionState.PUBLISHED) | Q(valid_from__isnull=False), name="scheme_from_a_day"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state=VersionState.WITHDRAWN) | ~Q(decided_by=F("drafted_by")),
                name="scheme_by_another",
            ),
        ]
