"""What is expected in a week, where, and what was proposed because of it."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7


class Forecast(models.Model):
    """One week foretold at one level, from the weeks before it; counts only, no matter and no person."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    week = models.DateField()  # its Monday
    level = models.PositiveSmallIntegerField()  # areas.Level
    made_at = models.DateTimeField()
    weeks = models.PositiveSmallIntegerField()  # it was learned from
    settings = models.JSONField(default=dict)
    error = models.JSONField(null=True)  # of the last weeks, each foretold from those before it, with baselines
    last_week = models.JSONField(null=True)  # what the forecast before this one turned out to be

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "level"], name="intake_forecast_once")]


class ForecastCell(models.Model):
    """Matters of one class expected in one area."""

    id = models.BigAutoField(primary_key=True)
    forecast = models.ForeignKey(Forecast, models.CASCADE, related_name="cells", db_index=False)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    category = models.ForeignKey("responsibility.Category", models.PROTECT, related_name="+", db_index=False)
    expected = models.FloatField()
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    usual = models.FloatField()  # a week's mean of the eight before
    before_expected = models.FloatField(null=True)  # of the week before this one
    before_actual = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forecast", "area", "category"], name="intake_forecast_cell_once")
        ]
        indexes = [models.Index(fields=["forecast", "-expected"], name="intake_forecast_most")]


class TaskState(models.TextChoices):
    PROPOSED = "proposed", "待定"
    ACCEPTED = "accepted", "已采纳"
    DISMISSED = "dismissed", "不采纳"


class PreventiveTask(models.Model):
    """Something to look after before anybody complains; a person accepts it, which makes it a case, or dismisses it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    week = models.DateField()
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    category = models.ForeignKey("responsibility.Category", models.PROTECT, related_name="+", db_index=False)
    leaf = models.ForeignKey("responsibility.Category", models.PROTECT, null=True, related_name="+", db_index=False)
    expected = models.FloatField()
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    usual = models.FloatField()
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.PROPOSED)
    reason = models.CharField(max_length=500, blank=True)
    case = models.ForeignKey("casework.Case", models.PROTECT, null=True, related_name="+", db_index=False)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "area", "category"], name="intake_task_once")]
