"""What people call places, learned from where matters were moved to."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7


class AliasState(models.TextChoices):
    PROPOSED = "proposed", "待确认"
    ACTIVE = "active", "生效"
    REJECTED = "rejected", "已否决"
    RETIRED = "retired", "已停用"


class PlaceAlias(models.Model):
    """A phrase by which a place is called. Only what is active is looked for in texts.

    `phrase` is written as texts are compared, without numbers that tell who somebody is. `target_id` is the id of an
    area, an estate or a building; `area_pos` where it lies.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phrase = models.CharField(max_length=24)
    target_id = models.UUIDField()
    target_name = models.CharField(max_length=120)
    area_pos = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=AliasState.choices, default=AliasState.PROPOSED)
    conflict = models.CharField(max_length=200, blank=True)  # what else is called so, in another street
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)  # None: by enough corrections
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["phrase", "target_id"], name="registry_alias_once")]
        indexes = [models.Index(fields=["state", "-made_at"], name="registry_alias_state")]


class AliasVote(models.Model):
    """A matter whose text held the phrase and that a person moved to the place."""

    alias = models.ForeignKey(PlaceAlias, models.CASCADE, related_name="votes")
    case_id = models.UUIDField()
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alias", "case_id"], name="registry_alias_vote_once")]
