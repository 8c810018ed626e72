"""What is said about figures: cases left out of them, appeals against them, alarms that they may be made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from wangge.kit.ids import uuid7
from wangge.org.scope import within

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class OfUnitQuerySet(models.QuerySet[Any]):
    """Seen by the unit concerned, by those above it, and by whoever sees the whole district."""

    def visible_to(self, actor: Actor) -> OfUnitQuerySet:
        return self if actor.scope.all else self.filter(within("unit_pos", actor.scope.units))


class ExclusionState(models.TextChoices):
    ASKED = "asked", "待决定"
    GRANTED = "granted", "已剔除"
    REFUSED = "refused", "不予剔除"
    WITHDRAWN = "withdrawn", "已撤销"


# (state, step) → state. Whatever is not here cannot be done.
EXCLUSION_STEPS: dict[tuple[ExclusionState, str], ExclusionState] = {
    (ExclusionState.ASKED, "grant"): ExclusionState.GRANTED,
    (ExclusionState.ASKED, "refuse"): ExclusionState.REFUSED,
    (ExclusionState.ASKED, "withdraw"): ExclusionState.WITHDRAWN,
    (ExclusionState.GRANTED, "withdraw"): ExclusionState.WITHDRAWN,
}


class Exclusion(models.Model):
    """A case that a unit's figures of a period are also shown without. The case itself stays where it is.

    The register is open to all who read results, so it names the case by its number and says nothing of its content.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("casework.Case", models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=24)  # the case's
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)  # whose figures
    unit_pos = models.BigIntegerField()
    indicators = ArrayField(models.CharField(max_length=40), default=list)  # none named: all
    start = models.DateField()
    end = models.DateField()  # exclusive
    code = models.CharField(max_length=24)  # judging.Judgement.exclusion_reasons
    reason = models.CharField(max_length=500)
    evidence = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=ExclusionState.choices, default=ExclusionState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    asked_name = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.UUIDField(null=True)
    withdrawn_name = models.CharField(max_length=64, blank=True)
    withdrawal = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="exclusion_period"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")), name="exclusion_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["start", "end"], name="exclusion_period_in_force", condition=Q(state="granted")),
            models.Index(fields=["-asked_at", "-id"], name="exclusion_recent"),
            models.Index(fields=["case"], name="exclusion_case"),
        ]


class AppealState(models.TextChoices):
    MADE = "made", "待裁决"
    UPHELD = "upheld", "成立"
    PARTLY = "partly", "部分成立"
    REFUSED = "refused", "不成立"
    WITHDRAWN = "withdrawn", "已撤回"


APPEAL_STEPS: dict[tuple[AppealState, str], AppealState] = {
    (AppealState.MADE, "uphold"): AppealState.UPHELD,
    (AppealState.MADE, "uphold_partly"): AppealState.PARTLY,
    (AppealState.MADE, "refuse"): AppealState.REFUSED,
    (AppealState.MADE, "withdraw"): AppealState.WITHDRAWN,
}


class Appeal(models.Model):
    """A unit says that a case of its own, or a figure of a period, is counted wrongly; somebody uninvolved decides."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    case = models.ForeignKey("casework.Case", models.PROTECT, null=True, related_name="+", db_index=False)
    number = models.CharField(max_length=24, blank=True)
    indicators = ArrayField(models.CharField(max_length=40), default=list)
    start = models.DateField()
    end = models.DateField()  # exclusive
    statement = models.CharField(max_length=2000)
    attachments = ArrayField(models.UUIDField(), default=list)  # claimed by the case
    due_at = models.DateTimeField(null=True)  # until when it could be made; null: no bulletin was issued yet
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.MADE)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    made_name = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=1000, blank=True)
    correction = models.CharField(max_length=500, blank=True)  # what is true, shown beside the figures
    exclusion = models.OneToOneField(Exclusion, models.PROTECT, null=True, related_name="appeal")

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="appeal_period"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state=AppealState.WITHDRAWN) | ~Q(decided_by=F("made_by")),
                name="appeal_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="appeal_recent"),
            models.Index(fields=["unit_pos", "-made_at"], name="appeal_unit"),
            models.Index(fields=["made_at"], name="appeal_open", condition=Q(state=AppealState.MADE)),
        ]


class AlarmState(models.TextChoices):
    OPEN = "open", "待核实"
    CONFIRMED = "confirmed", "属实"
    EXPLAINED = "explained", "已说明"


ALARM_STEPS: dict[tuple[AlarmState, str], AlarmState] = {
    (AlarmState.OPEN, "confirm"): AlarmState.CONFIRMED,
    (AlarmState.OPEN, "explain"): AlarmState.EXPLAINED,
}


class GamingAlarm(models.Model):
    """A unit's figures of a period look made up, by one rule. A person decides; nothing follows by itself.

    `cases` holds [{"id", "number", "n"}], the strongest first: n is what the rule measured. No person is named.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=24)  # gaming.Rule
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    start = models.DateField()
    end = models.DateField()  # exclusive
    trials = models.PositiveIntegerField()
    hits = models.PositiveIntegerField()
    observed = models.FloatField()  # shares
    expected = models.FloatField()
    p_value = models.FloatField()  # of so many by chance, times the units that were looked at
    text_zh = models.CharField(max_length=500)
    text_en = models.CharField(max_length=800)
    cases = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=AlarmState.choices, default=AlarmState.OPEN)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when it was last found
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=500, blank=True)

    objects = OfUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "unit", "start", "end"], name="gaming_alarm_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="gaming_alarm_period"),
        ]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="gaming_alarm_recent"),
            models.Index(fields=["unit_pos", "-raised_at"], name="gaming_alarm_unit"),
        ]


class JudgementRules(models.Model):
    """One row: what the profile decides about exclusions, appeals, alarms and records (judging.Rulebook)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="judgement_rules_one_row")]
