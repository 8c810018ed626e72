"""Working calendars: published days off and make-up days, duty hours."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7


class Calendar(models.Model):
    """A named calendar; `office` is the default. Times are local to `timezone`.

    `version` changes with every change of the calendar, its years or its days.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    timezone = models.CharField(max_length=40, default="Asia/Shanghai")
    duty = models.JSONField(default=list)  # [["09:00", "12:00"], ["13:00", "17:00"]], in order, not overlapping
    version = models.UUIDField(default=uuid7, editable=False)


class CalendarYear(models.Model):
    """A year whose days off have been published (or entered by an administrator); other years are unknown."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200, blank=True)
    entered = models.BooleanField(default=False)  # by an administrator: loading a profile leaves it alone

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "year"], name="calendars_year_once")]


class CalendarDay(models.Model):
    """An exception to Monday–Friday: a day off, or a make-up working day (调休)."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    date = models.DateField()
    working = models.BooleanField()
    name = models.CharField(max_length=40)
    entered = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="calendars_day_once")]
