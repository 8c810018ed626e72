"""Cases, how they are found, and the units that have a part in them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from wangge.casework.workflow import State
from wangge.kit.ids import uuid7
from wangge.kit.tree import UNITS

if TYPE_CHECKING:
    from wangge.org.scope import Actor


class Urgency(models.TextChoices):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"
    DANGER = "danger", "危险"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """The first lock; row-level security says the same a second time."""
        scope = actor.scope
        if scope.all:
            return self
        ways: list[models.Q | models.Exists] = [
            models.Q(area_pos__gte=start, area_pos__lt=end) for start, end in scope.areas
        ]
        if scope.own is not None:
            ways.append(models.Q(submitter_id=scope.own))
        if scope.units:
            inside = _any_of(models.Q(unit_pos__gte=start, unit_pos__lt=end) for start, end in scope.units)
            # A party carries its case's time; comparing the two keeps this a look at one case's parties,
            # where the planner would else hash all parties there are.
            its_own = Party.objects.filter(
                case_id=models.OuterRef("pk"), submitted_at__lte=models.OuterRef("submitted_at")
            )
            ways.append(models.Exists(its_own.filter(inside)))
        return self.filter(_any_of(ways)) if ways else self.none()


class OfCaseQuerySet(models.QuerySet[Any]):
    """Rows that belong to a case are seen by whoever sees the case."""

    def visible_to(self, actor: Actor) -> OfCaseQuerySet:
        if actor.scope.all:
            return self
        return self.filter(models.Exists(Case.objects.visible_to(actor).filter(pk=models.OuterRef("case_id"))))


def _any_of(conditions: Iterable[models.Q | models.Exists]) -> models.Q:
    return functools.reduce(operator.or_, conditions, models.Q())


class Case(models.Model):
    """A matter from any channel. Written only by casework.services, with its log, clocks and outbox."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)  # 2026112100001
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=State.choices)
    title = models.CharField(max_length=120)
    description = models.TextField(max_length=5000, blank=True)
    category = models.ForeignKey("responsibility.Category", models.PROTECT, null=True, related_name="+", db_index=False)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    channel = models.CharField(max_length=32)
    source_ref = models.CharField(max_length=80, blank=True)  # the neighbouring system's own number
    # where
    address = models.CharField(max_length=200, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    placed_by = models.CharField(max_length=16, blank=True)  # point, text, neighbour, operator
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+", db_index=False)
    area_version = models.ForeignKey("areas.AreaVersion", models.PROTECT, null=True, related_name="+", db_index=False)
    area_pos = models.BigIntegerField(default=0)  # 0: not placed; else the tree position of its day
    subdistrict_pos = models.BigIntegerField(default=0)
    community_pos = models.BigIntegerField(default=0)
    building = models.ForeignKey("registry.Building", models.PROTECT, null=True, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField(default=0)  # areas.Level on the ladder where it is now
    # whose
    lead_unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    entry = models.ForeignKey("responsibility.Entry", models.PROTECT, null=True, related_name="+", db_index=False)
    clause = models.CharField(max_length=400, blank=True)
    routing = models.JSONField(default=dict)  # why this owner: the explanation kept with the case
    # who spoke
    submitter_id = models.UUIDField(null=True)
    submitter_unit_id = models.UUIDField(null=True)
    reporter_name_encrypted = models.BinaryField(null=True)
    reporter_phone_encrypted = models.BinaryField(null=True)
    reporter_phone_index = models.BinaryField(max_length=32, null=True)  # SM3-HMAC blind index
    token_hash = models.BinaryField(max_length=32, null=True, unique=True)  # for the public follow page
    # relations
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    on_the_spot = models.BooleanField(default=False)
    sampled = models.BooleanField(default=False)  # on-the-spot case drawn for checking
    needs_human = models.CharField(max_length=40, blank=True)  # unplaced, not_understood, no_owner: the human queue
    # times, all from the database clock but `claimed_at`
    claimed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # of the running whole-case clock
    card = models.CharField(max_length=6, blank=True)  # yellow, red
    # counts shown in lists
    send_backs = models.PositiveSmallIntegerField(default=0)
    reopens = models.PositiveSmallIntegerField(default=0)
    reminders = models.PositiveSmallIntegerField(default=0)
    supervised = models.BooleanField(default=False)
    calls = models.PositiveSmallIntegerField(default=0)  # call-back attempts since it was last verified
    reached = models.BooleanField(default=False)  # the resident answered at one of them
    extended = models.BooleanField(default=False)
    ruled_at = models.DateTimeField(null=True)  # the arbiter's ruling binds who leads from then on
    closed_in_time = models.BooleanField(null=True)  # on closing: the whole-case promise was kept
    rating = models.PositiveSmallIntegerField(null=True)  # 1–5, result
    rating_process = models.PositiveSmallIntegerField(null=True)
    resolved = models.BooleanField(null=True)  # the resident's own word on whether the matter is solved
    history = models.BooleanField(default=False)  # imported as history: no clocks, no duties

    objects = CaseQuerySet.as_manager()

    @property
    def needs_call_back(self) -> bool:
        """Somebody who can be asked: a person left a number on a channel that promises an answer."""
        return self.reporter_phone_encrypted is not None

    class Meta:
        indexes = [
            models.Index(fields=["-submitted_at", "-id"], name="case_recent"),
            models.Index(fields=["state", "-submitted_at", "-id"], name="case_state"),
            models.Index(fields=["subdistrict_pos", "-submitted_at", "-id"], name="case_subdistrict"),
            models.Index(fields=["community_pos", "-submitted_at", "-id"], name="case_community"),
            models.Index(fields=["area_pos", "-submitted_at", "-id"], name="case_area"),
            models.Index(fields=["category", "-submitted_at", "-id"], name="case_category"),
            models.Index(fields=["channel", "source_ref"], name="case_source_ref"),
            models.Index(fields=["submitter_id", "-submitted_at", "-id"], name="case_submitter"),
            models.Index(
                fields=["due_at"],
                name="case_open_due",
                condition=~models.Q(state__in=["closed", "cancelled", "merged"]),
            ),
            models.Index(fields=["submitted_at"], name="case_human_queue", condition=~models.Q(needs_human="")),
            models.Index(
                fields=["state", "-submitted_at", "-id"], name="case_danger", condition=models.Q(urgency="danger")
            ),
            models.Index(fields=["closed_at"], name="case_closed", condition=models.Q(closed_at__isnull=False)),
            models.Index(
                fields=["lat", "lon"],
                name="case_open_place",
                condition=~models.Q(state__in=["closed", "cancelled", "merged"]),
            ),
        ]


class Search(models.Model):
    """What a case can be found by: title, description, address, source_ref and results as kit.text.search_tokens.

    Written in the same statement as the case, `array_to_tsvector(search_tokens(...))`; never personal data: numbers
    that identify and names a text introduces are taken out before (kit.written, kit.nameless).
    A full-text match is not leakproof, so this table has no policy of its own: it is only ever joined to cases.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="search")
    tokens = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["tokens"], name="case_search_tokens", gin_pending_list_limit=512)]


class Party(models.Model):
    """A unit that has a part in a case, and therefore sees it. One row per (case, unit)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    unit_pos = models.BigIntegerField()
    # The unit tree's second level: a department or street with all below it is one equality. A column of its own,
    # because row-level security lets no expression decide which index is read.
    tree_pos = models.GeneratedField(
        expression=models.F("unit_pos").bitrightshift(UNITS.shift(1)),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    role = models.CharField(max_length=12)  # lead, support, whistled, caller, checker
    submitted_at = models.DateTimeField()  # the case's, for ordered lists

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "unit"], name="case_party_once")]
        indexes = [
            models.Index(fields=["unit_pos", "-submitted_at", "-case"], name="case_party_unit"),
            models.Index(fields=["tree_pos", "-submitted_at", "-case"], name="case_party_tree"),
        ]
