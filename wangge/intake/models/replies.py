"""What replies were worth when they went out. No word of theirs is kept."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.kit.ids import uuid7


class Reply(models.Model):
    """One unit's reply to one matter, scored when its step was really taken. Counted for the unit, never for a person.

    `sketch` and `matter`: least hashes of runs of characters, by which near copies are known; no text can be read
    from them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("casework.Case", models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    entry_seq = models.BigIntegerField(unique=True)  # the log entry of the step
    at = models.DateTimeField()
    delay_minutes = models.PositiveIntegerField()  # since the matter came in
    relevance = models.FloatField()
    completeness = models.FloatField()
    clarity = models.FloatField()
    originality = models.FloatField()
    stock = models.BooleanField()
    sketch = ArrayField(models.BigIntegerField(), default=list)
    matter = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "-at"], name="intake_reply_unit"),
            models.Index(fields=["case"], name="intake_reply_case"),
            models.Index(fields=["at"], name="intake_reply_at"),
        ]


class ReplyMark(models.Model):
    """Up to which entry of the log replies have been scored; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    entry_seq = models.BigIntegerField(default=0)
