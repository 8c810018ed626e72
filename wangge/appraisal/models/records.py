"""Trainings and commendations of grid members: told to them and to those who answer for them, never compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from wangge.kit.ids import uuid7
from wangge.org.scope import within

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class TrainingQuerySet(models.QuerySet["Training"]):
    def visible_to(self, actor: Actor) -> TrainingQuerySet:
        """By whoever answers for the unit that held it, and by those who took part."""
        if actor.scope.all:
            return self
        took_part = Trainee.objects.visible_to(actor).filter(training_id=models.OuterRef("pk"))
        return self.filter(within("unit_pos", actor.scope.units) | models.Exists(took_part))


class OfMemberQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> OfMemberQuerySet:
        if actor.scope.all:
            return self
        mine = Q(user_id=actor.scope.own) if actor.scope.own else Q(pk__in=[])
        return self.filter(mine | within("keeper_pos", actor.scope.units))


class Training(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=120)
    day = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    held_by = models.CharField(max_length=80)
    note = models.CharField(max_length=300, blank=True)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)  # who wrote it down
    unit_pos = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField()
    recorded_name = models.CharField(max_length=64)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["unit_pos", "-day"], name="training_unit")]


class Trainee(models.Model):
    """Who took part. `keeper_pos` is the unit that answers for the member: above a grid team, its community.

    So a grid team's own scope does not reach its members' records; each sees their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    training = models.ForeignKey(Training, models.CASCADE, related_name="trainees", db_index=False)
    user = models.ForeignKey("org.User", models.PROTECT, related_name="+", db_index=False)
    keeper_pos = models.BigIntegerField()
    passed = models.BooleanField(null=True)  # null: there was no test

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["training", "user"], name="trainee_once")]
        indexes = [
            models.Index(fields=["user"], name="trainee_user"),
            models.Index(fields=["keeper_pos"], name="trainee_keeper"),
        ]


class Commendation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("org.User", models.PROTECT, related_name="+", db_index=False)
    keeper_pos = models.BigIntegerField()
    kind = models.CharField(max_length=24)  # judging.Judgement.commendations
    day = models.DateField()
    reason = models.CharField(max_length=300)
    given_by = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField()
    recorded_name = models.CharField(max_length=64)

    objects = OfMemberQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user"], name="commendation_user"),
            models.Index(fields=["keeper_pos"], name="commendation_keeper"),
        ]
