"""What was read from a case on its arrival, and alarms of danger with what people said of them."""

from __future__ import annotations

from django.db import models


class Reading(models.Model):
    """One for each case that was read: what it seemed to be about, where, the same as which, how urgent.

    A part that failed is named in `errors`; it holds up neither the case nor the other parts.
    """

    case = models.OneToOneField("casework.Case", models.CASCADE, primary_key=True, related_name="reading")
    model_id = models.UUIDField(null=True)  # the learned model that spoke; null: keywords alone
    model_version = models.PositiveIntegerField(null=True)
    guess = models.CharField(max_length=24, blank=True)  # the likeliest category's code
    matter = models.JSONField(default=dict)
    place = models.JSONField(default=dict)
    same = models.JSONField(default=list)
    urgency = models.JSONField(null=True)
    errors = models.JSONField(default=dict)
    read_at = models.DateTimeField()


class DangerAlarm(models.Model):
    """A case that is or was treated as danger to life: because of its words, or because a person saw what they hid.

    `right` is a person's word on an alarm; null while nobody has said.
    """

    case = models.OneToOneField("casework.Case", models.CASCADE, primary_key=True, related_name="danger_alarm")
    missed = models.BooleanField(default=False)  # the words raised no alarm; a person did
    sign = models.CharField(max_length=20, blank=True)
    words = models.JSONField(default=list)
    at = models.DateTimeField()
    right = models.BooleanField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="intake_danger_at")]
