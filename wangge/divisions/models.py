"""Plans of division: drafts that touch nothing until they are approved, and what was published of them.

A plan holds one row for each community it divides (for a plan of courtyards: for each grid). The row's arrays have
one element for each atom, in the same order: a building, or an entrance. What never changes while the plan is edited
(points, neighbours, cells) stands apart in Site, so that figures and comparisons do not read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from wangge.divisions.workflow import State
from wangge.kit.ids import uuid7
from wangge.org.scope import within

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class AtomKind(models.TextChoices):
    BUILDING = "building", "楼栋"
    ENTRANCE = "entrance", "单元"


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, actor: Actor) -> PlanQuerySet:
        """Those for an area in the actor's scope; row-level security says the same a second time."""
        return self if actor.scope.all else self.filter(within("area_pos", actor.scope.areas))


class OfPlanQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> OfPlanQuerySet:
        """Those of the plans the actor sees."""
        if actor.scope.all:
            return self
        return self.filter(Exists(Plan.objects.visible_to(actor).filter(pk=OuterRef("plan_id"))))


class Plan(models.Model):
    """How an area could be divided. `rules` is what was asked of the designer, with how it began."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DESIGNING)
    version = models.PositiveIntegerField(default=1)  # of the plan as a whole: its steps and every edit
    level = models.PositiveSmallIntegerField()  # areas.Level of what is made: grid or courtyard
    atoms = models.CharField(max_length=10, choices=AtomKind.choices, default=AtomKind.BUILDING)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    rules = models.JSONField(default=dict)
    started_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    progress = models.JSONField(default=dict)  # {phase, done, total, …} while it is designed
    progress_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    stop_asked = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    failure_zh = models.CharField(max_length=300, blank=True)
    failure_en = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    made_name = models.CharField(max_length=64)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.UUIDField(null=True)
    proposed_name = models.CharField(max_length=64, blank=True)
    proposal = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=500, blank=True)
    effective_at = models.DateTimeField(null=True)
    done = models.JSONField(default=dict)  # counts of what taking effect has done

    objects = PlanQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["area_pos"], name="divisions_plan_pos"),
            models.Index(fields=["valid_from"], name="divisions_plan_day", condition=Q(state="published")),
        ]
        constraints = [models.CheckConstraint(condition=Q(high__gte=models.F("low")), name="divisions_plan_band")]


class PlanCommunity(models.Model):
    """One community of a plan. `grids` has one entry for each label in use: {label, name, locked, was}."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="communities", db_index=False)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    atom_ids = ArrayField(models.UUIDField(), default=list)
    building_ids = ArrayField(models.UUIDField(), default=list)  # the same as the atoms where those are buildings
    names = ArrayField(models.CharField(max_length=160), default=list)
    lons = ArrayField(models.FloatField(), default=list)
    lats = ArrayField(models.FloatField(), default=list)
    households = ArrayField(models.IntegerField(), default=list)
    labels = ArrayField(models.IntegerField(), default=list)
    was_ids = ArrayField(models.UUIDField(null=True), default=list)  # each atom's area before the plan
    grids = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    drawn = models.BinaryField(default=bytes)  # JSON: the outline of each grid by its label, GeoJSON, WGS-84
    infeasible_zh = models.CharField(max_length=300, blank=True)
    infeasible_en = models.CharField(max_length=300, blank=True)
    notes = models.JSONField(default=list)  # [{zh, en}] of what was found in the data
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=64, blank=True)

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "area"], name="divisions_community_once")]


class Site(models.Model):
    """What a community is made of, frozen when the plan was made (divisions.site packs and opens it)."""

    community = models.OneToOneField(PlanCommunity, models.CASCADE, primary_key=True, related_name="site")
    packed = models.BinaryField()


class Edit(models.Model):
    """One change by hand of one community, with how it was before: the last one can be undone, then the one before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="edits", db_index=False)
    community = models.ForeignKey(PlanCommunity, models.CASCADE, related_name="edits", db_index=False)
    number = models.PositiveIntegerField()  # the community's version it made
    step = models.CharField(max_length=12)
    text = models.JSONField(default=dict)  # {zh, en}
    labels_before = ArrayField(models.IntegerField())
    grids_before = models.JSONField()
    at = models.DateTimeField()
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=64)
    undone = models.BooleanField(default=False)

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="divisions_edit_once")]
        indexes = [models.Index(fields=["plan"], name="divisions_edit_plan")]


class Publication(models.Model):
    """What approving a plan wrote into the areas, so that it can be undone before its day and carried out on it.

    `grids`: [{area, from, code, was_code, name, kind: kept|new, …}] and `ended`: [{area, code, name, into}].
    """

    plan = models.OneToOneField(Plan, models.CASCADE, primary_key=True, related_name="publication")
    valid_from = models.DateField()
    inserted = ArrayField(models.UUIDField(), default=list)  # areas.AreaVersion
    superseded = ArrayField(models.UUIDField(), default=list)
    grids = models.JSONField(default=list)
    ended = models.JSONField(default=list)
    preview = models.JSONField(default=dict)  # as it was when it was approved
    at = models.DateTimeField()

    objects = OfPlanQuerySet.as_manager()


class Assignment(models.Model):
    """Somebody who works in a grid team today is to work in this grid of the plan from its day on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="assignments", db_index=False)
    community = models.ForeignKey(PlanCommunity, models.CASCADE, related_name="assignments", db_index=False)
    label = models.IntegerField()
    post = models.ForeignKey("org.Post", models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    by_id = models.UUIDField()

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "label", "post"], name="divisions_assignment_once")]
        indexes = [models.Index(fields=["plan"], name="divisions_assignment_plan")]


class NoticeQuerySet(models.QuerySet["DivisionNotice"]):
    def visible_to(self, actor: Actor) -> NoticeQuerySet:
        """One's own, and those to one's units."""
        if actor.scope.all:
            return self
        return self.filter(Q(user_id=actor.scope.own) | within("unit_pos", actor.scope.units))


class NoticeKind(models.TextChoices):
    PLANNED = "planned", "即将调整"
    UNDONE = "undone", "调整已撤销"
    IN_FORCE = "in_force", "已经调整"


class DivisionNotice(models.Model):
    """What a unit, or a person in it, is told of a change of their grid."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="notices", db_index=False)
    plan_name = models.CharField(max_length=80)  # whoever is told need not see the plan
    valid_from = models.DateField()
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField(default=-1)
    user = models.ForeignKey("org.User", models.CASCADE, null=True, related_name="+", db_index=False)
    text_zh = models.CharField(max_length=500)
    text_en = models.CharField(max_length=800)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=64, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="divisions_notice_user"),
            models.Index(fields=["unit_pos", "-at"], name="divisions_notice_unit"),
            models.Index(fields=["plan"], name="divisions_notice_plan"),
        ]


class BarrierKind(models.TextChoices):
    ROAD = "road", "道路"
    RIVER = "river", "河流"
    RAIL = "rail", "铁路"


class Barrier(models.Model):
    """A line that grids should not straddle. `line` is WKB, EPSG:4326."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=BarrierKind.choices)
    name = models.CharField(max_length=80, blank=True)
    line = models.BinaryField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    source = models.CharField(max_length=120, blank=True)
    loaded_at = models.DateTimeField()


class DivisionRules(models.Model):
    """One row: the profile's divisions.yaml in force (divisions.rules)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    data = models.JSONField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="divisions_rules_one_row")]
