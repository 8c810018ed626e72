"""Working calendars: published days off and make-up days, duty hours."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7


class Calendar(models.Model):
    """A named calendar; `office` is the default. Times are local to `timezone`.

    `duty` are the hours of an ordinary day, `week` those of single weekdays (`{"sat": […]}`, none for a day off).
    `days_of` is the calendar whose published years and days hold here too; this one's own days come before them.
    `version` changes with every change of the calendar, its years or its days, and of those of `days_of`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    name_en = models.CharField(max_length=64, blank=True)
    timezone = models.CharField(max_length=40, default="Asia/Shanghai")
    duty = models.JSONField(
        default=list
    )  # [["09:00", "12:00"], ["13:00", "17:00"]], in order; beyond midnight: a night shift
    week = models.JSONField(default=dict)
    works_through = models.BooleanField(default=False)  # public holidays are worked, no year needs publishing
    days_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers")
    confirmed = models.BooleanField(default=True)  # else the hours are a suggestion for the district to adapt
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
    """An exception to the week: a day off, or a make-up working day (调休)."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    date = models.DateField()
    working = models.BooleanField()
    name = models.CharField(max_length=40)
    entered = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="calendars_day_once")]
