"""What is no longer needed goes, class by class, and the log can prove what went and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from tests.factories import District
from tests.registry_rows import Home, id_number, make_home, make_person, make_tag
from wangge.audit.models import Entry
from wangge.audit.selectors import verify_chain
from wangge.kit import clock, crypto
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Import, ImportRow, Maintenance, Person, PersonStatus, Relation, Tag, Tie
from wangge.registry.rules import Rules
from wangge.registry.services import retention, rulebook

SYSTEM = scope.system_actor("test")
RULES = {
    "moved_out": {"name": "已迁出", "name_en": "Moved out", "subject": "person", "status": "moved_out", "days": 30},
    "deceased": {"name": "已故", "name_en": "Deceased", "subject": "person", "status": "deceased", "days": 10},
    "ended_tag": {"name": "标签", "name_en": "Tags", "subject": "tag", "days": 365},
    "import_row": {"name": "导入行", "name_en": "Import rows", "subject": "import_row", "days": 90},
}


@pytest.fixture
def home(district: District) -> Iterator[Home]:
    with scope.acting(SYSTEM):
        rulebook.load_rules(Rules.model_validate({"retention": RULES}))
        yield make_home(district, "grid1")


def _gone(person: Person, *, days_ago: int, status: str = "moved_out") -> None:
    day = timezone.localdate() - dt.timedelta(days=days_ago)
    Person.objects.filter(pk=person.pk).update(status=status, retention=status, delete_after=day)


def _old_import(days: int) -> Import:
    path = Path(django_settings.WANGGE.data_dir) / "imports" / f"{uuid7()}.sealed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed")
    run = Import.objects.create(
        kind="residents", filename="a.csv", file_hash=crypto.sm3(path.name.encode()), source="表", by_id=uuid7(),
        file_path=f"imports/{path.name}", by_name="郑社区", created_at=clock.now() - dt.timedelta(days=days),
    )  # fmt: skip
    ImportRow.objects.create(run=run, row=2, outcome="failed", sealed=crypto.encrypt("王测试", context="import_row:x"))
    return run


def test_who_moved_out_long_ago_is_erased_and_only_a_number_remains(home: Home) -> None:
    Tie.objects.filter(pk=home.tie.pk).update(role="户主王测试")
    make_tag(home.head)
    _gone(home.head, days_ago=1)
    (job,) = retention.run()
    erased = Person.objects.get(pk=home.head.pk)
    assert erased.status == PersonStatus.ERASED
    assert bytes(erased.sealed) == b""
    assert (erased.id_key, erased.phone_key, erased.tail_key, erased.birth_key) == (None,) * 4
    assert (erased.name_key, erased.initials_key, erased.birth_year, erased.household_id) == (0, 0, None, None)
    assert not Relation.objects.exists()
    assert not Tag.objects.exists()
    tie = Tie.objects.get(pk=home.tie.pk)
    assert tie.role == ""
    assert tie.valid_to is not None
    assert not Person.objects.filter(id_key__in=sealing.id_keys(id_number(11))).exists()
    assert (job.done, job.detail["class"]) == (1, "moved_out")
    assert Person.objects.get(pk=home.child.pk).status == PersonStatus.LIVING_HERE


def test_the_digest_proves_what_was_erased_and_when(home: Home) -> None:
    others = [
        make_person(home.household, sealing.PersonFacts(name="甲", id_kind="none", id_number=""), role="other")
        for _ in range(5)
    ]
    for person in others:
        _gone(person, days_ago=3)
    (job,) = retention.run(batch=2)
    assert job.done == 5
    assert retention.verify(Maintenance.objects.get(pk=job.pk))
    assert Entry.objects.filter(action="registry:person:erase").count() == 5
    assert Entry.objects.filter(subject_id=job.pk, action="registry:retention:run").exists()
    assert verify_chain("person", others[0].pk).whole
    Maintenance.objects.filter(pk=job.pk).update(digest=crypto.sm3(b"another"))
    assert not retention.verify(Maintenance.objects.get(pk=job.pk))


def test_the_log_of_the_erasure_holds_nothing_of_the_person(home: Home) -> None:
    _gone(home.head, days_ago=1)
    retention.run()
    told = "".join(str(entry.data) for entry in Entry.objects.all())
    for personal in ("王测试", id_number(11), "13900000001"):
        assert personal not in told


def test_a_dry_run_counts_and_changes_nothing(home: Home) -> None:
    _gone(home.head, days_ago=1)
    _old_import(91)
    found = {one.code: one.due for one in retention.due()}
    assert found == {"moved_out": 1, "deceased": 0, "ended_tag": 0, "import_row": 1}
    assert Person.objects.get(pk=home.head.pk).status == PersonStatus.MOVED_OUT
    assert not Maintenance.objects.exists()


def test_what_somebody_holds_stays_and_is_counted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _gone(home.head, days_ago=1)
    _gone(home.child, days_ago=1)
    monkeypatch.setattr(retention, "HOLDS", [lambda ids: {one for one in ids if one == home.head.pk}])
    moved_out = next(one for one in retention.due() if one.code == "moved_out")
    assert (moved_out.due, moved_out.held) == (1, 1)
    (job,) = retention.run()
    assert job.done == 1
    assert Person.objects.get(pk=home.head.pk).status == PersonStatus.MOVED_OUT


def test_who_came_back_or_is_not_due_stays(home: Home) -> None:
    _gone(home.head, days_ago=-1)
    Person.objects.filter(pk=home.child.pk).update(delete_after=dt.date(2020, 1, 1))  # lives here again
    assert retention.run() == []
    assert Person.objects.get(pk=home.head.pk).sealed
    assert Person.objects.get(pk=home.child.pk).sealed


def test_who_came_in_as_deceased_without_a_day_is_dated_from_now(home: Home) -> None:
    Person.objects.filter(pk=home.head.pk).update(status="deceased")
    assert retention.run() == []
    assert Person.objects.get(pk=home.head.pk).delete_after == timezone.localdate() + dt.timedelta(days=10)
    (job,) = retention.run(at=clock.now() + dt.timedelta(days=11))
    assert job.done == 1


def test_a_tag_ends_on_its_day_and_goes_a_year_later(home: Home) -> None:
    tag = make_tag(home.head)
    Tag.objects.filter(pk=tag.pk).update(expires_on=timezone.localdate())
    assert retention.run() == []
    ended = Tag.objects.get(pk=tag.pk)
    assert (ended.ended_on, ended.ended_reason) == (ended.expires_on, "到期")
    (job,) = retention.run(at=clock.now() + dt.timedelta(days=366))
    assert (job.detail["class"], job.done) == ("ended_tag", 1)
    assert retention.verify(job)
    assert not Tag.objects.exists()


def test_rows_and_file_of_an_import_go_after_ninety_days(home: Home) -> None:
    old, new = _old_import(91), _old_import(10)
    (job,) = retention.run()
    assert job.done == 1
    gone = Import.objects.get(pk=old.pk)
    assert gone.file_path == ""
    assert not (Path(django_settings.WANGGE.data_dir) / old.file_path).exists()
    assert ImportRow.objects.get(run=old).sealed is None
    assert ImportRow.objects.get(run=new).sealed is not None
    assert Import.objects.get(pk=new.pk).file_path


def test_everything_at_once_twice_does_nothing_the_second_time(home: Home) -> None:
    _gone(home.head, days_ago=1)
    _old_import(100)
    assert len(retention.run()) == 2
    assert retention.run() == []


def test_the_classes_of_the_base_profile_are_valid() -> None:
    import yaml

    text = (Path(__file__).parents[3] / "profiles/base/registry/rules.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    assert set(Rules.model_validate(found).retention) == {"moved_out", "deceased", "ended_tag", "import_row"}
