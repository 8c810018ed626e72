"""Imports of neighbouring systems' files, row by row accounted for."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7


class ImportState(models.TextChoices):
    PREVIEWED = "previewed", "待确认"
    RUNNING = "running", "导入中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Import(models.Model):
    """One uploaded file with its column mapping."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=32)
    filename = models.CharField(max_length=160)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)  # our field → their column
    options = models.JSONField(default=dict)  # history, coordinate system, time zone…
    state = models.CharField(max_length=10, choices=ImportState.choices)
    total = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)  # created, but in the human queue
    failed = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    by_id = models.UUIDField()
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class ImportRow(models.Model):
    """What became of one row."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()  # as in the sheet, the header being row 1
    outcome = models.CharField(max_length=10)  # created, duplicate, failed
    case_id = models.UUIDField(null=True)
    errors = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "row"], name="intake_row_once")]
