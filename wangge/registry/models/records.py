"""The records of keeping the registry: rules of fields, imports, exports, what is asked of whom, what was deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wangge.kit.ids import uuid7
from wangge.registry.models.people import DataClass
from wangge.registry.models.scoped import OfRunQuerySet, OwnQuerySet


class FieldRule(models.Model):
    """One field of an object: who answers for it, how long it stays fresh, how it is protected. Profile data."""

    object = models.CharField(max_length=16)  # person, household, dwelling, building, premises, organisation …
    field = models.CharField(max_length=32)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    group = models.CharField(max_length=16)  # fields found true together: identity, contact, living, work
    owner = models.CharField(max_length=40)  # "grid" or the code of the department whose record it is
    fresh_days = models.PositiveSmallIntegerField(default=365)
    data_class = models.CharField(max_length=12, choices=DataClass.choices, default=DataClass.OPEN)
    partners = models.JSONField(default=list)  # codes of units that see it of the people in their care
    purpose = models.CharField(max_length=160, blank=True)
    legal_basis = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object", "field"], name="registry_field_once")]


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "待确认"
    RUNNING = "running", "导入中"
    PAUSED = "paused", "已中断，可继续"
    CONFLICTS = "conflicts", "有冲突待处理"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"


class Import(models.Model):
    """One file of people, dwellings … coming in. Resumes behind `next_row`; the same file twice is one run."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16)  # residents, dwellings, organisations, premises, components, devices
    filename = models.CharField(max_length=120)
    file_hash = models.BinaryField(max_length=32)  # SM3
    file_path = models.CharField(max_length=160)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # field → column
    source = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED)
    total = models.PositiveIntegerField(default=0)
    next_row = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    conflicts = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=64)
    unit_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "file_hash"], condition=~Q(state="failed"), name="registry_import_once"
            )
        ]


class ImportRow(models.Model):
    """A row that did not simply go in: in error, a likely double, or in conflict with what is known.

    `sealed` is the row with, for a conflict, both values and both sources per field; context `import_row:<id>`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()  # as in the sheet, the header being row 1
    outcome = models.CharField(max_length=10)  # failed, conflict, double, kept, replaced, merged
    errors = models.JSONField(default=list)
    sealed = models.BinaryField(null=True)
    subject_id = models.UUIDField(null=True)  # whom or what it seems to be
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = OfRunQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "row"], name="registry_importrow_once")]


class Mapping(models.Model):
    """Which column meant which field, remembered per kind and heading, so that nobody maps a form twice."""

    kind = models.CharField(max_length=16)
    columns_hash = models.BinaryField(max_length=32)
    mapping = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "columns_hash"], name="registry_mapping_once")]


class ExportState(models.TextChoices):
    PENDING = "pending", "待审批"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    READY = "ready", "可下载"
    EXPIRED = "expired", "已过期"


class Export(models.Model):
    """A list of people that leaves the system: asked for with a purpose, approved by two when large, watermarked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    filters = models.JSONField(default=dict)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=200)
    count = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.PENDING)
    approvals = models.JSONField(default=list)  # [{"by", "name", "at", "agreed", "reason"}]
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=64)
    unit_id = models.UUIDField(null=True)
    scope = models.JSONField(default=dict)  # the intervals the asker saw when asking; never widened later
    area_pos = models.BigIntegerField(default=0)
    path = models.CharField(max_length=160, blank=True)
    downloads = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    objects = OwnQuerySet.as_manager()


class RequestState(models.TextChoices):
    ASKED = "asked", "待审核"
    ALLOWED = "allowed", "准予"
    REFUSED = "refused", "不予"
    COUNTED = "counted", "已知仍要，计入负担"
    ENDED = "ended", "已结束"


class DataRequest(models.Model):
    """What somebody wants grid members to collect or fill in: the burden ledger 报表负担台账 (国办函〔2026〕12号)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=120)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")  # who asks
    object = models.CharField(max_length=16)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=200, blank=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+")
    area_pos = models.BigIntegerField()
    times_per_year = models.PositiveSmallIntegerField(default=1)
    known = models.JSONField(default=dict)  # field → share of the subjects for whom it is known and fresh, 0 to 1
    people = models.PositiveIntegerField(default=0)  # grid members asked
    minutes = models.PositiveIntegerField(default=0)  # estimated, of one grid member per year
    state = models.CharField(max_length=8, choices=RequestState.choices, default=RequestState.ASKED)
    decision = models.CharField(max_length=200, blank=True)
    decided_by = models.UUIDField(null=True)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    begins_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("begins_on")), name="registry_request_order")
        ]


class Maintenance(models.Model):
    """A job over many rows and its proof: re-sealing under a new key, deletion at the end of retention."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16)  # reseal, reindex, delete
    detail = models.JSONField(default=dict)  # table, class, key ids
    last_id = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    digest = models.BinaryField(max_length=32, null=True)  # SM3 over the ids and times of what was deleted
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Rulebook(models.Model):
    """One row: what the profile decides about keeping the registry; read through selectors.rulebook."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    data = models.JSONField(default=dict)  # exports, requests, retention

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="registry_rulebook_one_row")]


class Publication(models.Model):
    """The statistics of an hour, small counts left out: made once, so that all who ask see one moment."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    data = models.BinaryField()  # packed JSON

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="registry_publication_one_row")]


class Tally(models.Model):
    """How many live in a building, counted now and then: a map of thirty thousand buildings does not count anew."""

    building = models.OneToOneField("registry.Building", models.CASCADE, primary_key=True, related_name="+")
    dwellings = models.PositiveIntegerField()
    households = models.PositiveIntegerField()
    persons = models.PositiveIntegerField()
    stale = models.PositiveIntegerField()
    at = models.DateTimeField()
