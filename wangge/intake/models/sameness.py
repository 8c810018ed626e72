"""What is kept so that a new matter finds those like it: how each reads, its keys, what people decided, the weights."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.casework.models import Case, OfCaseQuerySet
from wangge.kit.ids import uuid7


class Trace(models.Model):
    """A case as it is compared: without numbers that identify anybody, and without who reported it."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="trace")
    at = models.DateTimeField()  # the case's
    places = ArrayField(models.CharField(max_length=24))
    named = models.PositiveSmallIntegerField(default=0)  # so many of `places` stand in the title
    title = ArrayField(models.CharField(max_length=40))
    terms = ArrayField(models.CharField(max_length=40))
    text = models.TextField(max_length=1200)  # folded and redacted
    person = models.BigIntegerField(null=True)  # of the phone's blind index; equal for one reporter
    keys = ArrayField(models.BigIntegerField())

    objects = OfCaseQuerySet.as_manager()


class TraceKey(models.Model):
    """Where to look: the newest cases under each key are read off the primary key, however common the key is."""

    pk = models.CompositePrimaryKey("key", "at", "case_id")
    key = models.BigIntegerField()
    at = models.DateTimeField()
    # Without a constraint: cases are never deleted one by one, and looking up the keys of one would need an index.
    case = models.ForeignKey(Case, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)


class SameDecision(models.Model):
    """A person, or a rule, said of two cases that they are one matter, or are not. The last word on a pair counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="same_decisions", db_index=False)  # the lower id
    other = models.ForeignKey(Case, models.CASCADE, related_name="+", db_index=False)
    same = models.BooleanField()
    reason = models.CharField(max_length=500)
    probability = models.FloatField()
    features = ArrayField(models.FloatField())
    weights = models.PositiveIntegerField()  # the version that gave the probability
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=64)
    by_rule = models.BooleanField(default=False)
    at = models.DateTimeField()

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case", "other", "-at"], name="same_pair"),
            models.Index(fields=["other"], name="same_other"),
            models.Index(fields=["-at"], name="same_recent"),
        ]


class SameWeights(models.Model):
    """A version of what is weighed and how rare words are; the newest active one is used."""

    version = models.PositiveIntegerField(primary_key=True)
    weights = ArrayField(models.FloatField())
    total = models.PositiveIntegerField(default=0)  # texts that were counted
    counts = models.JSONField(default=dict)  # of words, places and pairs of characters
    figures = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()


class ClusterRules(models.Model):
    """The profile's rules of sameness and hot spots; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    data = models.JSONField()
