"""Fields and priority groups of a profile: with a purpose and a basis, or not at all."""

from __future__ import annotations

import pytest
import yaml

from wangge.district import check, load, read
from wangge.district.read_faults import ProfileInvalid
from wangge.district.tests.test_broken_profiles import folder  # noqa: F401 - a fixture
from wangge.registry.models import ComponentKind, FieldRule, TagKind

TAG = {
    "name": "甲类", "name_en": "Group A", "data_class": "personal", "purpose": "发放补贴和上门探访",
    "legal_basis": "《测试条例》", "review_months": 6, "expires_months": 12,
}  # fmt: skip
GROUP = {
    "purpose": "停水停电时联系到本人", "legal_basis": "《测试条例》", "owner": "grid", "fresh_days": 90,
    "fields": {"phones": {"name": "电话", "name_en": "Phones"}},
}  # fmt: skip


def write(folder, name, document):  # noqa: F811
    (folder / "registry").mkdir(exist_ok=True)
    (folder / "registry" / name).write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def faults(folder):  # noqa: F811
    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    return [(one.file.rpartition("/")[2], one.line, one.field) for one in caught.value.faults]


@pytest.mark.parametrize("name", ["shizhong", "lixia"])
def test_a_shipped_profile_gives_every_field_and_group_a_purpose_and_a_basis(name):
    part = read.read(name).registry

    assert part.fields is not None
    assert part.tags is not None
    assert set(part.fields.root) >= {"person", "household", "dwelling", "building", "premises", "organisation"}
    assert {"living_alone", "disabled", "veteran", "in_need", "zero_employment", "aged"} <= set(part.tags.root)
    assert not part.tags.root["key_petitioner"].active
    assert not any(tag.confirmed for tag in part.tags.root.values())


@pytest.mark.parametrize("left_out", ["purpose", "legal_basis"])
def test_a_group_of_people_without_purpose_or_basis_is_refused(folder, left_out):  # noqa: F811
    write(folder, "tags.yaml", {"new_group": {key: value for key, value in TAG.items() if key != left_out}})

    assert faults(folder) == [("tags.yaml", 1, f"new_group.{left_out}")]


@pytest.mark.parametrize("said", ["工作需要", "因管理需要", "上级要求", "备查", "掌握情况", "基层治理需要"])
def test_a_purpose_that_fits_everything_is_none(folder, said):  # noqa: F811
    write(folder, "tags.yaml", {"aged": TAG | {"purpose": said}})

    ((file, line, field),) = faults(folder)
    assert (file, field) == ("tags.yaml", "aged.purpose")
    assert line > 1


def test_a_basis_must_name_a_law(folder):  # noqa: F811
    write(folder, "fields.yaml", {"person": {"contact": GROUP | {"legal_basis": "按规定"}}})

    assert [field for _, _, field in faults(folder)] == ["person.contact.legal_basis"]


def test_a_field_without_purpose_or_basis_is_refused(folder):  # noqa: F811
    write(folder, "fields.yaml", {"person": {"contact": {"owner": "grid", "fresh_days": 9, "fields": GROUP["fields"]}}})

    assert [field for _, _, field in faults(folder)] == ["person.contact.purpose", "person.contact.legal_basis"]


def test_fields_and_units_that_do_not_exist_are_named(folder):  # noqa: F811
    group = GROUP | {"owner": "nobody", "fields": {"shoe_size": {"name": "鞋码", "name_en": "Shoe size"}}}
    write(folder, "fields.yaml", {"person": {"contact": group}})
    write(folder, "tags.yaml", {"aged": TAG | {"partners": ["370199-none"]}})

    assert sorted(field for _, _, field in faults(folder)) == [
        "aged.partners", "person.contact.fields.shoe_size", "person.contact.owner",
    ]  # fmt: skip


def test_a_group_must_be_reviewed_before_it_expires(folder):  # noqa: F811
    write(folder, "tags.yaml", {"aged": TAG | {"review_months": 13}})

    assert [field for _, _, field in faults(folder)] == ["aged"]


@pytest.mark.django_db
def test_loading_brings_rules_groups_and_kinds_of_components(folder):  # noqa: F811
    load.load(folder)

    assert FieldRule.objects.get(object="person", field="phones").owner == "grid"
    assert FieldRule.objects.get(object="person", field="name").owner == "370199-gaj"
    assert "紧急" in FieldRule.objects.get(object="person", field="phones").purpose
    assert TagKind.objects.get(code="veteran").partners == ["370199-tyj"]
    assert ComponentKind.objects.get(code="C-01001").name == "供水井盖"


@pytest.mark.django_db
def test_what_a_profile_leaves_out_is_no_longer_asked_or_given(folder):  # noqa: F811
    load.load(folder)
    write(folder, "fields.yaml", {"person": {"contact": GROUP}})
    TagKind.objects.create(code="old_group", **{key: value for key, value in TAG.items() if key != "x"})
    FieldRule.objects.create(object="person", field="note2", name="x", name_en="x", group="work", owner="grid")
    load.load(folder)

    assert FieldRule.objects.get(object="person", field="phones").fresh_days == 90
    assert not FieldRule.objects.filter(field="note2").exists()
    assert not TagKind.objects.get(code="old_group").active
