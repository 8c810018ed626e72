"""Enterprises, social organisations, property companies and owners' committees."""

from __future__ import annotations

from django.db import models

from wangge.kit.ids import uuid7
from wangge.registry.models.places import Estate
from wangge.registry.models.scoped import OpenQuerySet


class OrganisationKind(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    SOLE_TRADER = "sole_trader", "个体工商户"
    SOCIAL = "social", "社会组织"
    INSTITUTION = "institution", "机关事业单位"
    PROPERTY_COMPANY = "property_company", "物业企业"
    OWNERS_COMMITTEE = "owners_committee", "业主委员会"


class Organisation(models.Model):
    """A body with a name. `sealed` holds {"legal_person", "contact", "phone"}; context `organisation:<id>`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=OrganisationKind.choices)
    name = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, null=True, unique=True)  # unified social credit code, GB 32100-2015
    no_uscc_reason = models.CharField(max_length=80, blank=True)
    industry = models.CharField(max_length=8, blank=True)  # GB/T 4754 code
    address = models.CharField(max_length=160, blank=True)  # as registered
    sealed = models.BinaryField(null=True)
    phone_key = models.BigIntegerField(null=True)
    employees = models.PositiveIntegerField(null=True)
    founded_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+", db_index=False)
    area_pos = models.BigIntegerField(default=0)  # of its seat; 0: outside the district
    pinyin = models.CharField(max_length=40, blank=True)
    confirmed = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    objects = OpenQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["area_pos"], name="registry_organisation_pos"),
            models.Index(fields=["name"], name="registry_organisation_name"),
        ]


class EstateRole(models.TextChoices):
    PROPERTY_COMPANY = "property_company", "物业"
    OWNERS_COMMITTEE = "owners_committee", "业委会"
    RESIDENTS_COMMITTEE = "residents_committee", "居委会"
    PARTY_BRANCH = "party_branch", "小区党支部"
    COURTYARD_TEAM = "courtyard_team", "庭院服务队"
    RED_PROPERTY = "red_property", "红领物业"


class EstateService(models.Model):
    """Who serves an estate together (社区、物业、业委会三方联动), from when to when. `sealed`: {"contact", "phone"}."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    estate = models.ForeignKey(Estate, models.PROTECT, related_name="services")
    role = models.CharField(max_length=20, choices=EstateRole.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="serves")
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80, blank=True)
    sealed = models.BinaryField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # exclusive

    class Meta:
        indexes = [models.Index(fields=["estate", "role"], name="registry_service_estate")]
