"""Categories of matters, the three responsibility lists, and precedents set by jurisdiction rulings."""

from __future__ import annotations

import builtins

from django.db import models

from wangge.kit.ids import uuid7


class CategoryKind(models.TextChoices):
    COMPONENT = "component", "管理部件"
    MATTER = "matter", "管理事项"
    REQUEST = "request", "群众诉求"


class ListKind(models.TextChoices):
    BASIC = "basic", "基本履职事项"
    SUPPORTING = "supporting", "配合履职事项"
    TAKEN_BACK = "taken_back", "上级收回事项"


class OwnerRule(models.TextChoices):
    """Who a `lead` or `support` names: a unit by code, or the unit that serves the place at a level."""

    UNIT = "unit", "指定单位"
    SUBDISTRICT = "subdistrict", "属地街道"
    COMMUNITY = "community", "属地社区/村"
    GRID = "grid", "属地网格"


class Category(models.Model):
    """A node of the category tree. Leaves with `code` are what cases carry: C-01001, M-06002, R-0301."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=12, choices=CategoryKind.choices)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    leaf = models.BooleanField()
    keywords = models.JSONField(default=list)
    evidence_required = models.BooleanField(default=False)  # a photo after handling
    on_the_spot = models.BooleanField(default=False)  # a grid member may close it at once
    urgency = models.CharField(max_length=8, default="normal")
    source = models.CharField(max_length=80, blank=True)
    confirmed = models.BooleanField(default=False)
    active = models.BooleanField(default=True)


class ResponsibilityList(models.Model):
    """A published version of the lists, in force from `valid_from` until `valid_to` (exclusive)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    confirmed = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)


class Entry(models.Model):
    """One line: matter × level × area → lead, support, clause, who acts first, limits.

    `area` null means the whole district; a line for a smaller area wins over one for a larger.
    `limits`: [{"step": "handle", "value": 4, "unit": "working_hours"}, …]; several `handle` lines are steps in turn.
    Units: urgent_hours 紧急工作时, working_hours 工作时, working_days 工作日, natural_days 自然日,
    natural_hours 自然时.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    list = models.ForeignKey(ResponsibilityList, models.CASCADE, related_name="entries")
    item = models.CharField(max_length=24)  # its number in the list, cited on the case
    category = models.ForeignKey(Category, models.PROTECT, related_name="entries")
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    list_kind = models.CharField(max_length=12, choices=ListKind.choices)
    level = models.PositiveSmallIntegerField()  # areas.Level at which it is to be settled
    lead_rule = models.CharField(max_length=12, choices=OwnerRule.choices)
    lead_unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    supports = models.JSONField(default=builtins.list)  # [{"rule": "unit", "code": "…"}, …]
    first_actor = models.CharField(max_length=12, choices=OwnerRule.choices)
    clause = models.CharField(max_length=300)
    limits = models.JSONField(default=builtins.list)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "item"], name="responsibility_item_once")]
        indexes = [models.Index(fields=["category"], name="responsibility_entry_cat")]


class Precedent(models.Model):
    """A jurisdiction ruling kept as a rule: this category in this area is this unit's, from a day on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="precedents")
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    lead_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    ruled_by = models.UUIDField()
    case_id = models.UUIDField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)


class ReadingRules(models.Model):
    """One row: the profile's danger.yaml and matter.yaml in force (responsibility.reading_rules)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    content = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="reading_rules_one_row")]


class ModelState(models.TextChoices):
    TRAINING = "training", "训练中"
    READY = "ready", "待启用"
    ACTIVE = "active", "使用中"
    RETIRED = "retired", "已停用"
    FAILED = "failed", "未成功"


class LearnedModel(models.Model):
    """A version of what was learned from closed cases. The file lies below the data folder; one version is in use.

    `joining` says how its probabilities and the keywords' scores become one, `threshold` how sure is sure enough.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=ModelState.choices)
    progress = models.FloatField(default=0)  # 0 to 1 while training
    stage = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)  # when the training was last seen alive
    examples = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)  # of the examples, those a person had put right
    categories = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    joining = models.JSONField(default=dict)
    threshold = models.FloatField(null=True)
    path = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=300, blank=True)
    error_en = models.CharField(max_length=300, blank=True)
    made_by = models.UUIDField(null=True)
    made_by_name = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()
    learned_until = models.DateTimeField(null=True)  # the closing of its newest example
    activated_at = models.DateTimeField(null=True)
    activated_by = models.UUIDField(null=True)
    activated_by_name = models.CharField(max_length=64, blank=True)
    retired_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)  # of the last step taken by a person

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="responsibility_one_model_active"
            ),
        ]
