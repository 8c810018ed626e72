"""The log: appended only, hash-chained per subject; trail, outbox source and appraisal source at once."""

from __future__ import annotations

import uuid

from django.db import models

from wangge.kit.ids import uuid7


class Entry(models.Model):
    """One fact. `hash` = SM3 over the previous entry's hash and this entry's canonical JSON, per (subject)."""

    seq = models.BigAutoField(primary_key=True)
    subject_type = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    number = models.PositiveIntegerField()  # 1, 2, 3 … within the subject, without gaps
    at = models.DateTimeField()
    action = models.CharField(max_length=64)  # area:thing:verb
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=64, blank=True)
    unit_id = models.UUIDField(null=True)
    on_behalf_of = models.UUIDField(null=True)  # the person a stand-in acts for
    area_pos = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "number"], name="audit_entry_chain")
        ]
        indexes = [
            models.Index(fields=["at"], name="audit_entry_at"),
            models.Index(fields=["actor_id", "at"], name="audit_entry_actor"),
        ]


class Anchor(models.Model):
    """Hourly: SM3 over the hashes of all entries since the last anchor, in `seq` order."""

    at = models.DateTimeField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)


class Outbox(models.Model):
    """A message that must leave because a commit happened; the worker sends it and marks it in one commit."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="audit_outbox_unsent", condition=models.Q(sent_at__isnull=True))]


class Look(models.Model):
    """Who looked at protected data, at whose, and for which stated purpose."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    actor_id = models.UUIDField()
    actor_name = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=32)
    subject_id = models.UUIDField(default=uuid.uuid4)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=200)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_look_subject")]
