"""Attachments, saved views, and what keeps numbers and requests single."""

from __future__ import annotations

from django.db import models

from wangge.casework.models.cases import Case, OfCaseQuerySet
from wangge.kit.ids import uuid7


class Attachment(models.Model):
    """A re-encoded, metadata-free picture or a document; the sealed original is kept apart as evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, null=True, related_name="attachments", db_index=False)
    phase = models.CharField(max_length=10, default="report")  # report, handle, verify, whistle
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    path = models.CharField(max_length=200)  # below the data folder
    thumbnail = models.CharField(max_length=200, blank=True)
    sealed_path = models.CharField(max_length=200, blank=True)
    sealed_sm3 = models.BinaryField(max_length=32, null=True)
    uploader_id = models.UUIDField(null=True)
    uploaded_at = models.DateTimeField()

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case"], name="attachment_case")]


class SavedView(models.Model):
    """A person's named filter of the case list."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    name = models.CharField(max_length=40)
    query = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "name"], name="saved_view_once")]


class Counter(models.Model):
    """Day counters for case numbers; one row per day, taken in blocks by each process."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class IdempotencyKey(models.Model):
    """The committed outcome of a create; kept 180 days. Same key, other body: 409."""

    owner = models.CharField(max_length=48)  # user:<id>, credential:<id>, channel:<code> for files, public
    key = models.CharField(max_length=80)
    body_hash = models.BinaryField(max_length=32)
    case_id = models.UUIDField(null=True)
    status = models.PositiveSmallIntegerField()
    response = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
