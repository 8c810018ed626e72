"""Bulletins: what was told of a period, kept as it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from wangge.appraisal.policies import Perm
from wangge.kit.ids import uuid7

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class BulletinKind(models.TextChoices):
    WEEKLY = "weekly", "周报"
    MONTHLY = "monthly", "月报"
    SPECIAL = "special", "专报"


class BulletinState(models.TextChoices):
    DRAFT = "draft", "待签发"
    ISSUED = "issued", "已签发"
    WITHDRAWN = "withdrawn", "已撤回"


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, actor: Actor) -> BulletinQuerySet:
        """What was issued is open to all who read bulletins; drafts to those who make them."""
        drafts = actor.may(Perm.MAKE_BULLETIN) or actor.may(Perm.ISSUE_BULLETIN)
        return self.all() if drafts else self.filter(state=BulletinState.ISSUED)


class Bulletin(models.Model):
    """One version of what is told of a period: the figures as they were known, and the words made of them.

    `content` holds {"facts": …, "zh": paper, "en": paper} and never changes; page, Excel sheet and PDF are made of
    it, so that each can be made again as it was. `digest` is the SM3 of it. A later version supersedes, never edits.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=BulletinKind.choices)
    state = models.CharField(max_length=10, choices=BulletinState.choices, default=BulletinState.DRAFT)
    start = models.DateField()
    end = models.DateField()  # exclusive
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)  # null: the whole
    version = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=300, blank=True)  # why another version was made, or the occasion of a special
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    made_name = models.CharField(max_length=64)
    issued_at = models.DateTimeField(null=True)
    issued_by = models.UUIDField(null=True)
    issued_name = models.CharField(max_length=64, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "start", "end", "unit", "version"],
                name="bulletin_version_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="bulletin_period"),
        ]
        indexes = [models.Index(fields=["-start", "kind"], name="bulletin_recent")]
