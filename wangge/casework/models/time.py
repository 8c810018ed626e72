"""Promises: clocks, the rules they follow, what is asked of them and the notices they give."""

from __future__ import annotations

from django.db import models

from wangge.casework.models.cases import Case, OfCaseQuerySet
from wangge.casework.models.work import Responder, WorkOrder
from wangge.kit.ids import uuid7


class ClockKind(models.TextChoices):
    ACCEPT = "accept", "受理"
    ACKNOWLEDGE = "acknowledge", "签收"
    REPORT_IN = "report_in", "报到"
    HANDLE = "handle", "处置"
    VERIFY = "verify", "核查"
    CALL_BACK = "call_back", "回访"
    WHOLE = "whole", "全程"


class ClockState(models.TextChoices):
    RUNNING = "running", "计时中"
    PAUSED = "paused", "已暂停"
    MET = "met", "按期"
    LATE = "late", "逾期完成"
    CANCELLED = "cancelled", "已取消"


class Clock(models.Model):
    """A promise with a due time. `next_at` is when the worker must look at it next; null: never again.

    The limit is kept as it was read, so that a change of the calendar or of the rules can recompute it: due is the
    limit from the start without the pauses, and `extra_days` working days after that.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=ClockKind.choices)
    label = models.CharField(max_length=40, blank=True)
    work_order = models.ForeignKey(WorkOrder, models.CASCADE, null=True, related_name="clocks", db_index=False)
    responder = models.ForeignKey(Responder, models.CASCADE, null=True, related_name="clocks", db_index=False)
    limit_value = models.DecimalField(max_digits=7, decimal_places=2)
    limit_unit = models.CharField(max_length=16)
    extra_days = models.PositiveSmallIntegerField(default=0)  # working days granted on top of the limit
    calendar = models.CharField(max_length=32)
    rule = models.CharField(max_length=120, blank=True)  # what gave the limit, in words
    state = models.CharField(max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0)  # how many steps of its ladder have been taken
    next_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pauses = models.JSONField(default=list)  # [[start, end], …] ISO 8601
    stopped_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)  # when the worker recorded that it ran out
    caution = models.CharField(max_length=120, blank=True)  # a due date that crosses an unpublished year says so

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="clock_next", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["case"], name="clock_case"),
        ]


class TimeRules(models.Model):
    """A loaded version of the profile's clocks.yaml: limits, cards, ladders (casework.timing); the newest rules."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    content = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=200, blank=True)
    loaded_at = models.DateTimeField()


class Reckoned(models.Model):
    """Up to which version of a calendar or of the rules the open clocks have been worked out again."""

    name = models.CharField(max_length=48, primary_key=True)  # calendar:<code>, rules
    version = models.UUIDField()
    at = models.DateTimeField()


class TimeRequestKind(models.TextChoices):
    EXTEND = "extend", "延期"
    CARRY_OVER = "carry_over", "挂账"


class TimeRequestState(models.TextChoices):
    ASKED = "asked", "待审批"
    GRANTED = "granted", "已同意"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"


class TimeRequest(models.Model):
    """A handler asks for more time, or that the clocks stand still; somebody of another unit decides."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="time_requests", db_index=False)
    kind = models.CharField(max_length=12, choices=TimeRequestKind.choices)
    state = models.CharField(max_length=10, choices=TimeRequestState.choices, default=TimeRequestState.ASKED)
    days = models.PositiveSmallIntegerField(null=True)  # working days, to extend
    until = models.DateTimeField(null=True)  # to stand still
    reason = models.CharField(max_length=500)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    asked_name = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True)
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="time_request_one_open", condition=models.Q(state=TimeRequestState.ASKED)
            )
        ]
        indexes = [models.Index(fields=["case"], name="time_request_case")]


class NoticeKind(models.TextChoices):
    DANGER = "danger", "险情"  # told on arrival, to be acted on and not answered
    REMIND = "remind", "催办"
    SUPERVISE = "supervise", "督办"
    ESCALATE = "escalate", "提级"
    ACCOUNT = "account", "问责"


UNANSWERED = (NoticeKind.REMIND, NoticeKind.DANGER)
"""Notices that ask for work and for no answer."""


class Notice(models.Model):
    """What a step of the ladder, or a person, says to the unit that must act. From 督办 on it must be answered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="notices", db_index=False)
    clock = models.ForeignKey(Clock, models.SET_NULL, null=True, related_name="notices", db_index=False)
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    by_name = models.CharField(max_length=64)  # the keeper of clocks, or whoever reminded or supervised
    by_id = models.UUIDField(null=True)
    text = models.CharField(max_length=500, blank=True)
    text_en = models.CharField(max_length=500, blank=True)  # of the ladder's notices; people write in one language
    answer_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answered_name = models.CharField(max_length=64, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    objects = OfCaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case"], name="notice_case"),
            models.Index(
                fields=["unit_pos", "-at"],
                name="notice_unanswered",
                condition=models.Q(answered_at__isnull=True) & ~models.Q(kind=NoticeKind.REMIND),
            ),
        ]


class Heartbeat(models.Model):
    """When something that must never stop was last seen alive, by the database clock."""

    name = models.CharField(max_length=64, primary_key=True)  # worker:<host>:<pid>, canary, watchdog:<host>
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)
