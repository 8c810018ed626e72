"""Places: estate › building › entrance › dwelling; premises, components and devices with a point of their own.

Every row that lies in a grid carries the grid's tree position of today (`area_pos`), by which it is scoped; when the
division changes, services.division moves it. `confirmed` says when each group of fields was last found to be true:
`{group: {"at": ISO time, "unit": id, "source": text}}`; the groups and their freshness are profile data (FieldRule).
"""

from __future__ import annotations

import uuid

from django.db import models

from wangge.kit.ids import uuid7
from wangge.registry.models.scoped import OpenPlaceQuerySet, OpenQuerySet, PlacedQuerySet


class Estate(models.Model):
    """A residential compound 小区 or other named ground."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="estates")  # community
    kind = models.CharField(max_length=16, default="housing")  # housing, village, campus, office, market, industrial
    built_year = models.PositiveSmallIntegerField(null=True)
    renewed_year = models.PositiveSmallIntegerField(null=True)
    pinyin = models.CharField(max_length=40, blank=True)  # initials, for search
    version = models.PositiveIntegerField(default=1)

    objects = OpenQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="registry_estate_name"),
            models.Index(fields=["pinyin"], name="registry_estate_pinyin", opclasses=["varchar_pattern_ops"]),
        ]


class Building(models.Model):
    """A building with its address and a point inside it (WGS-84)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    estate = models.ForeignKey(Estate, models.PROTECT, null=True, related_name="buildings")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)  # 3号楼
    address = models.CharField(max_length=160)  # 大观园街道经二路 12 号睦和苑 3 号楼
    street_number = models.CharField(max_length=40, blank=True)  # 经二路12号, folded, taken from the address
    kind = models.CharField(max_length=24, blank=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="buildings")  # terminal grid
    area_pos = models.BigIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    households = models.PositiveIntegerField(default=0)  # as declared, until dwellings are registered
    floors_above = models.PositiveSmallIntegerField(null=True)
    floors_below = models.PositiveSmallIntegerField(default=0)
    built_year = models.PositiveSmallIntegerField(null=True)
    lifts = models.PositiveSmallIntegerField(default=0)
    pulled_down_on = models.DateField(null=True)
    pinyin = models.CharField(max_length=40, blank=True)  # initials of compound and name, for search
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = OpenPlaceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["area_pos"], name="registry_building_pos"),
            models.Index(fields=["pinyin"], name="registry_building_pinyin", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["lon", "lat"], name="registry_building_place"),
            models.Index(fields=["street_number"], name="registry_building_street"),
        ]


class Entrance(models.Model):
    """A stairway of a building 单元 with its own door."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    building = models.ForeignKey(Building, models.PROTECT, related_name="entrances")
    name = models.CharField(max_length=40)  # 2单元
    ordinal = models.PositiveSmallIntegerField(default=1)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "name"], name="registry_entrance_once")]


class DwellingUse(models.TextChoices):
    HOME = "home", "自住"
    RENTED = "rented", "出租"
    COLLECTIVE = "collective", "集体宿舍"
    SHOP = "shop", "商铺"
    OFFICE = "office", "办公"
    STORAGE = "storage", "仓储"
    VACANT = "vacant", "空置"
    UNKNOWN = "unknown", "待核实"


class Dwelling(models.Model):
    """A room or flat on the board 楼盘表. `label` is kept as people write it: 301, 地下-1, A座1502, 一层门头."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    building = models.ForeignKey(Building, models.PROTECT, related_name="dwellings", db_index=False)
    entrance = models.ForeignKey(Entrance, models.PROTECT, null=True, related_name="dwellings")
    label = models.CharField(max_length=40)
    floor = models.SmallIntegerField(null=True)  # basements negative; null: the label does not say
    sort_key = models.CharField(max_length=40)  # kit.labels: boards read by floor, then room
    use = models.CharField(max_length=12, choices=DwellingUse.choices, default=DwellingUse.UNKNOWN)
    area_m2 = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    area_pos = models.BigIntegerField()
    ended_on = models.DateField(null=True)  # joined to another, pulled down
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["building", "entrance", "label"], name="registry_dwelling_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["area_pos"], name="registry_dwelling_pos")]


class Premises(models.Model):
    """Where something other than living goes on 场所: a shop, school, workshop, market, clinic, temple, square."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    address = models.CharField(max_length=160, blank=True)
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="premises")
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, related_name="premises", db_index=False)
    organisation = models.ForeignKey("registry.Organisation", models.PROTECT, null=True, related_name="premises")
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    hazards = models.JSONField(default=list)  # codes: gas, open_fire, chemicals, sleeping_above
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    pinyin = models.CharField(max_length=40, blank=True)
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = OpenPlaceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area_pos"], name="registry_premises_pos")]


class ComponentKind(models.Model):
    """A kind of component in the profile's list of categories: none is registered for which nobody answers."""

    code = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=60)
    active = models.BooleanField(default=True)


class Component(models.Model):
    """A thing of the city with a five-digit code of GB/T 30428.2 / 47678.5: a manhole cover, a lamp, a tree."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=24)  # code of a ComponentKind
    name = models.CharField(max_length=80, blank=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    owner = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, default="intact")  # intact, damaged, missing, removed
    installed_on = models.DateField(null=True)
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = OpenPlaceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["area_pos", "kind"], name="registry_component_pos"),
            models.Index(fields=["lon", "lat"], name="registry_component_place"),
        ]


class Device(models.Model):
    """Something that measures or calls: a camera, smoke detector, an elder's button."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=24)  # camera, smoke, gas, water_level, emergency_button, door_magnet
    name = models.CharField(max_length=80, blank=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="+", db_index=False)
    area_pos = models.BigIntegerField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    building = models.ForeignKey(Building, models.PROTECT, null=True, related_name="devices")
    dwelling = models.ForeignKey(Dwelling, models.PROTECT, null=True, related_name="devices", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")  # who answers for it
    state = models.CharField(max_length=12, default="in_use")  # in_use, faulty, removed
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = OpenPlaceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["area_pos", "kind"], name="registry_device_pos")]


class Photo(models.Model):
    """A picture of a place, component or premises, re-encoded and without the camera's own data."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_type = models.CharField(max_length=16)  # estate, building, dwelling, premises, component, device
    subject_id = models.UUIDField()
    area_pos = models.BigIntegerField()
    path = models.CharField(max_length=120)  # below the data folder
    thumbnail = models.CharField(max_length=120)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    taken_by = models.UUIDField()
    taken_at = models.DateTimeField()

    objects = PlacedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="registry_photo_of")]


class Revision(models.Model):
    """One row, whose token changes with every write to places; see kit.revision."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="registry_revision_one_row")]
