"""What watches that promises are kept: the canary, what each round of the worker did, and alarms."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wangge.kit.ids import uuid7


class Canary(models.Model):
    """A timer that stands for all others: set by the watchdog, to be fired by a worker when it is due."""

    due_at = models.DateTimeField(primary_key=True)
    fired_at = models.DateTimeField(null=True)
    fired_by = models.CharField(max_length=64, blank=True)


class Firing(models.Model):
    """One round of one worker: how many rungs it took and how late; written in the commit that took them."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    worker = models.CharField(max_length=64)
    fired = models.PositiveIntegerField()
    slowest_ms = models.BigIntegerField()
    lateness = ArrayField(models.PositiveIntegerField())  # counts by the bounds of casework.watching

    class Meta:
        indexes = [models.Index(fields=["at"], name="firing_at")]


class AlarmKind(models.TextChoices):
    WORKER = "worker", "没有后台任务在运行"
    CANARY = "canary", "试验时限未触发"
    STUCK = "stuck", "到期时限未触发"
    LEAP = "leap", "数据库时钟跳变"
    OUTBOX = "outbox", "消息积压"
    BACKLOG = "backlog", "待重算积压"
    DISK = "disk", "磁盘空间不足"
    DATABASE = "database", "数据库不可用"
    SETTINGS = "settings", "数据库设置不安全"
    WATCHDOG = "watchdog", "看门狗没有在运行"


class Alarm(models.Model):
    """Something that must never stop has stopped. Open until the watchdog sees it well again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=AlarmKind.choices)
    text_zh = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # last found to be so
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], name="alarm_one_open", condition=models.Q(cleared_at__isnull=True))
        ]
        indexes = [models.Index(fields=["-raised_at"], name="alarm_recent")]
