"""What units are to do for a case: work orders, and whistles with those they call."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.casework.models.cases import Case, OfCaseQuerySet
from wangge.casework.workflow import OrderState
from wangge.kit.ids import uuid7


class WorkOrder(models.Model):
    """What one unit is to do for a case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="work_orders", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    lead = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=OrderState.choices, default=OrderState.ASSIGNED)
    assignee_id = models.UUIDField(null=True)
    instruction = models.CharField(max_length=500, blank=True)
    assigned_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    worked_by = ArrayField(models.UUIDField(), default=list)  # whoever did a stage, and whom they stood in for
    result = models.TextField(max_length=2000, blank=True)
    stage = models.PositiveSmallIntegerField(default=0)  # which of several handling limits runs
    send_back_code = models.CharField(max_length=24, blank=True)
    send_back_reason = models.CharField(max_length=500, blank=True)
    send_back_by = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["unit_pos", "-assigned_at"],
                name="order_unit_open",
                condition=models.Q(state__in=["assigned", "acknowledged"]),
            ),
            models.Index(fields=["case"], name="order_case"),
        ]


class WhistleKind(models.TextChoices):
    BEYOND_POWERS = "beyond_powers", "超出权限"
    JOINT = "joint", "联合执法"
    EMERGENCY = "emergency", "应急处置"


class ResponderState(models.TextChoices):
    CALLED = "called", "待报到"
    REPORTED_IN = "reported_in", "已报到"
    DONE = "done", "已完成"
    ENDED = "ended", "已结束"


class Whistle(models.Model):
    """A call by a street or community to named departments, ended only by the caller or a checker."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="whistles")
    kind = models.CharField(max_length=16, choices=WhistleKind.choices)
    caller_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    caller_pos = models.BigIntegerField()
    called_by = models.UUIDField()
    message = models.CharField(max_length=500)
    place = models.CharField(max_length=200, blank=True)
    area_pos = models.BigIntegerField(default=0)
    called_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    outcome = models.CharField(max_length=500, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-called_at"], name="whistle_open", condition=models.Q(ended_at__isnull=True)),
        ]


class Responder(models.Model):
    """One named department of a whistle."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    whistle = models.ForeignKey(Whistle, models.CASCADE, related_name="responders", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=ResponderState.choices, default=ResponderState.CALLED)
    due_at = models.DateTimeField()
    reported_in_at = models.DateTimeField(null=True)
    reported_in_by = models.UUIDField(null=True)
    late = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    contribution = models.CharField(max_length=500, blank=True)
    grade = models.PositiveSmallIntegerField(null=True)  # 1–5 by the caller
    grade_comment = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["whistle", "unit"], name="whistle_responder_once")]
        indexes = [models.Index(fields=["unit_pos"], name="responder_unit")]
