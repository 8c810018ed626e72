"""Households, residents, what ties them to places, and the groups that need care.

Names with addresses, numbers, phones, exact births, health and what concerns minors are sealed (kit.crypto), one
envelope a person, bound to the row by its context `person:<id>`. What stays open (sex, year of birth, registration)
is what statistics and screening count. Look-ups go through 64-bit blind indexes (kit.crypto.index64).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from wangge.kit.ids import uuid7
from wangge.registry.models.organisations import Organisation
from wangge.registry.models.places import Building, Dwelling, Premises
from wangge.registry.models.scoped import (
    CorrectionQuerySet,
    OfPersonQuerySet,
    PersonQuerySet,
    PlacedQuerySet,
    RelationQuerySet,
    TagQuerySet,
    TieQuerySet,
)


class DataClass(models.TextChoices):
    """How carefully a field is kept: what is masked, for whom, and how long."""

    OPEN = "open", "一般"
    PERSONAL = "personal", "个人信息"
    SENSITIVE = "sensitive", "敏感个人信息"
    MINOR = "minor", "未成年人信息"


class Registration(models.TextChoices):
    REGISTERED = "registered", "户籍人口"
    AWAY = "away", "人户分离"
    FLOATING = "floating", "流动人口"
    OVERSEAS = "overseas", "境外人员"


class Sex(models.TextChoices):
    FEMALE = "female", "女"
    MALE = "male", "男"
    UNKNOWN = "unknown", "未说明"


class PersonStatus(models.TextChoices):
    LIVING_HERE = "living_here", "在住"
    ABSENT = "absent", "外出"
    MOVED_OUT = "moved_out", "已迁出"
    DECEASED = "deceased", "已故"
    ERASED = "erased", "已删除"


class HouseholdKind(models.TextChoices):
    FAMILY = "family", "家庭户"
    COLLECTIVE = "collective", "集体户"


class Household(models.Model):
    """People who live as one 户. Its members point here; the head is one of them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=HouseholdKind.choices, default=HouseholdKind.FAMILY)
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, related_name="households")
    area_pos = models.BigIntegerField()
    members = models.PositiveSmallIntegerField(default=0)
    since = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area_pos"], name="registry_household_pos")]


class Person(models.Model):
    """A resident 实有人口.

    `sealed` opens to {"name", "id_number", "birth", "phones": […], "registered_address", "ethnicity", "workplace",
    "note"}; absent keys are unknown. `id_kind` is one of kit.identity's; "none" goes with `no_id_reason`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    registration = models.CharField(max_length=12, choices=Registration.choices)
    status = models.CharField(max_length=12, choices=PersonStatus.choices, default=PersonStatus.LIVING_HERE)
    sex = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    birth_year = models.PositiveSmallIntegerField(null=True)
    id_kind = models.CharField(max_length=24)
    no_id_reason = models.CharField(max_length=80, blank=True)
    sealed = models.BinaryField()
    # index64(kind, text): id · phone (first) · the last four of it · "community position|name" · the same with
    # the initials of its pinyin · "name|birth"
    id_key = models.BigIntegerField(null=True)
    phone_key = models.BigIntegerField(null=True)
    tail_key = models.BigIntegerField(null=True)
    name_key = models.BigIntegerField()
    initials_key = models.BigIntegerField()
    birth_key = models.BigIntegerField(null=True)
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="people")
    household_role = models.CharField(max_length=16, blank=True)  # head, spouse, child, parent, grandchild, other …
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, related_name="residents")
    area_pos = models.BigIntegerField()  # grid of the dwelling lived in; else the community
    since = models.DateField(null=True)  # lives there
    source = models.CharField(max_length=40)
    retention = models.CharField(max_length=16, default="resident")  # retention class of the profile
    delete_after = models.DateField(null=True)
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["area_pos"], name="registry_person_pos"),
            models.Index(fields=["id_key"], name="registry_person_id"),
            models.Index(fields=["phone_key"], name="registry_person_phone"),
            models.Index(fields=["tail_key"], name="registry_person_tail"),
            models.Index(fields=["name_key"], name="registry_person_name"),
            models.Index(fields=["initials_key"], name="registry_person_initials"),
            models.Index(fields=["birth_key"], name="registry_person_birth"),
            models.Index(
                fields=["delete_after"], name="registry_person_expiry", condition=Q(delete_after__isnull=False)
            ),
        ]


class FurtherPhone(models.Model):
    """A phone of a person beside the first, so that it is found too. `sealed`: the number, context `phone:<id>`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="further_phones")
    sealed = models.BinaryField()
    phone_key = models.BigIntegerField()
    tail_key = models.BigIntegerField()

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["phone_key"], name="registry_furtherphone_key"),
            models.Index(fields=["tail_key"], name="registry_furtherphone_tail"),
        ]


class CorrectionState(models.TextChoices):
    PROPOSED = "proposed", "待答复"
    ACCEPTED = "accepted", "已采纳"
    REFUSED = "refused", "未采纳"
    OUTDATED = "outdated", "已不适用"


class Correction(models.Model):
    """What somebody found otherwise of a field that a department owns: the department accepts or refuses it.

    `sealed` holds {"given", "known"} as they were then; context `correction:<id>`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="corrections")
    field = models.CharField(max_length=32)
    sealed = models.BinaryField()
    reason = models.CharField(max_length=80)  # how they know
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")  # whose field it is
    unit_pos = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=64)
    by_unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=80, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "field"], condition=Q(state="proposed"), name="registry_correction_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "state", "at"], name="registry_correction_desk")]


class TieKind(models.TextChoices):
    LIVES = "lives", "居住"
    REGISTERED = "registered", "户籍登记"
    OWNS = "owns", "产权"
    RENTS = "rents", "承租"
    WORKS = "works", "从业"
    RESPONSIBLE = "responsible", "负责"


class Tie(models.Model):
    """Who lives, owns, rents, works or is responsible where, from `valid_from` until `valid_to` (exclusive).

    One of person and organisation, at one of dwelling, building and premises. `area_pos` is the grid's of that day:
    the history of a person shows the division then and now.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=TieKind.choices)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="ties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="ties")
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, related_name="ties")
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="ties")
    premises = models.ForeignKey(Premises, models.PROTECT, null=True, related_name="ties")
    role = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField(null=True)  # null: since before anybody knows
    valid_to = models.DateField(null=True)
    area_pos = models.BigIntegerField()
    source = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()

    objects = TieQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="registry_tie_who",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
                name="registry_tie_order",
            ),
        ]
        indexes = [models.Index(fields=["area_pos", "kind"], name="registry_tie_pos")]


class RelationKind(models.TextChoices):
    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    GUARDIAN = "guardian", "监护人"
    CARER = "carer", "照护人"
    CONTACT = "contact", "紧急联系人"


class Relation(models.Model):
    """`other` is the person's parent, guardian, carer …; nobody is their own ancestor or guardian's ward."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="relations")
    other = models.ForeignKey(Person, models.CASCADE, related_name="related_by")
    kind = models.CharField(max_length=12, choices=RelationKind.choices)

    objects = RelationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "other", "kind"], name="registry_relation_once"),
            models.CheckConstraint(condition=~Q(person=models.F("other")), name="registry_relation_other"),
        ]


class TagKind(models.Model):
    """A priority group 重点人群 as the profile defines it: why it is kept, on what basis, for how long, who shares."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    data_class = models.CharField(max_length=12, choices=DataClass.choices, default=DataClass.PERSONAL)
    purpose = models.CharField(max_length=160)
    legal_basis = models.CharField(max_length=160)
    review_months = models.PositiveSmallIntegerField(default=12)
    expires_months = models.PositiveSmallIntegerField(default=24)
    partners = models.JSONField(default=list)  # codes of units that see the tagged people's fields named in FieldRule
    visits_per_month = models.PositiveSmallIntegerField(default=0)
    confirmed = models.BooleanField(default=False)
    active = models.BooleanField(default=True)


class Tag(models.Model):
    """A person belongs to a priority group. `detail` is sealed with the context `tag:<id>`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="tags")
    kind = models.ForeignKey(TagKind, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=160)
    legal_basis = models.CharField(max_length=160)
    source = models.CharField(max_length=80)
    detail = models.BinaryField(null=True)
    since = models.DateField()
    review_on = models.DateField()
    expires_on = models.DateField()
    ended_on = models.DateField(null=True)
    ended_reason = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")  # the department in charge
    unit_pos = models.BigIntegerField(default=-1)
    area_pos = models.BigIntegerField()

    objects = TagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=Q(ended_on__isnull=True), name="registry_tag_once"
            )
        ]
        indexes = [
            models.Index(fields=["area_pos", "kind"], name="registry_tag_pos"),
            models.Index(fields=["unit_pos"], name="registry_tag_unit"),
            models.Index(fields=["expires_on"], name="registry_tag_expiry", condition=Q(ended_on__isnull=True)),
        ]
