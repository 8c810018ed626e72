"""A thousand planted people: whatever is done with them, nothing of them lies about afterwards."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import make_district
from tests.security import canaries
from tests.security.canaries import MARK, facts_of
from wangge.org import scope, selectors
from wangge.org.scope import Actor
from wangge.registry.models import FieldRule, Person
from wangge.registry.services import exports
from wangge.registry.services.imports import running as imports_running

API = "/api/v1/registry"
SYSTEM = scope.system_actor("test")


class _Desk:
    """A signed-in client that keeps every error body."""

    def __init__(self, client: Client) -> None:
        self.client, self.errors = client, []
        client.raise_request_exception = False

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        data = b"" if body is None else orjson.dumps(body)
        return self.kept(self.client.generic(method, API + path, data, content_type="application/json", **more))

    def upload(self, path: str, **form: Any) -> Any:
        return self.kept(self.client.post(API + path, form))

    def kept(self, answer: Any) -> Any:
        if answer.status_code >= 400:
            self.errors.append(answer.content)
        return answer


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything any logger says, with temporary files and data in folders of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(
        settings, "WANGGE", settings.WANGGE.__class__(**{**vars(settings.WANGGE), "data_dir": tmp_path / "data"})
    )
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(pathname)s"))
    names = [
        "",
        *(name for name in logging.root.manager.loggerDict if name.startswith(("wangge", "django", "psycopg"))),
    ]
    for name in names:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
        logging.getLogger(name).disabled = False
    logging.getLogger("").addHandler(handler)
    yield stream
    logging.getLogger("").removeHandler(handler)


def _people(desk: _Desk, victim: Person) -> None:
    facts = facts_of(0)
    assert desk.ask("GET", "/search?q=h").status_code == 200
    for exact in (facts.id_number, facts.phones[0]):
        found = desk.ask("POST", "/search", {"q": exact})
        assert [hit["id"] for hit in found.json()] == [str(victim.pk)], found.content
    page = desk.ask("GET", f"/persons/{victim.pk}")
    assert page.json()["name"] == f"{MARK}*"
    looked = desk.ask(
        "POST", f"/persons/{victim.pk}/look", {"purpose": "核对身份信息", "fields": ["name", "id_number"]}
    )
    assert looked.json()["id_number"] == facts.id_number, looked.content
    assert desk.ask("GET", f"/persons/{victim.pk}/timeline").status_code == 200
    assert desk.ask("GET", f"/persons/{victim.pk}/looks").status_code == 200


def _failures(desk: _Desk, victim: Person, broken: Person) -> None:
    facts = facts_of(1)
    for body in (
        {
            "name": facts.name,
            "id_kind": "resident_id",
            "id_number": facts.id_number[:-1] + "x1",
            "registration": "registered",
        },
        {"name": facts.name, "id_kind": "resident_id", "id_number": facts.id_number, "registration": "registered"},
        {"name": facts.name, "phones": [facts.phones[0] + "9"], "registration": "nothing", "id_kind": "none"},
        {"name": facts.name + "\u0000", "id_number": facts.id_number},
        [facts.id_number],
    ):
        assert desk.ask("POST", "/persons", body).status_code >= 400
    stale = {"version": 1, "name": facts.name, "id_number": facts.id_number}
    desk.ask("PATCH", f"/persons/{victim.pk}", {**stale, "version": 99})
    desk.ask("PATCH", f"/persons/{victim.pk}", stale)  # another's number
    assert desk.ask("GET", f"/persons/{broken.pk}").status_code == 500
    assert desk.ask("GET", "/persons/00000000-0000-7000-8000-00000000dead").status_code == 404
    raw = desk.client.generic(
        "POST", f"{API}/persons", f'{{"name": "{facts.name}", "id_number": "{facts.id_number}"'.encode(),
        content_type="application/json",
    )  # fmt: skip
    assert desk.kept(raw).status_code == 400


def _import(desk: _Desk, actor: Actor) -> None:
    lines = ["姓名,证件号码,联系电话,人口类型,网格编码"]
    for number in range(40):
        facts = facts_of(number)
        wrong = facts.id_number[:-1] + "00" if number % 3 else facts.id_number
        lines.append(f"{facts.name},{wrong},{facts.phones[0]},户籍人口,{'000' if number % 2 else '370199001001001'}")
    sheet = SimpleUploadedFile("名单.csv", "\n".join(lines).encode(), "text/csv")
    made = desk.upload("/imports", file=sheet, kind="residents", source="测试")
    assert made.status_code == 201, made.content
    import_id = made.json()["id"]
    desk.ask("GET", f"/imports/{import_id}/preview")
    started = desk.ask("POST", f"/imports/{import_id}/run")
    assert started.status_code == 202, started.content
    run = imports_running.run_lots(import_id=import_id, by=actor)
    assert run.failed
    assert desk.ask("GET", f"/imports/{import_id}/rows").status_code == 200
    assert desk.ask("GET", f"/imports/{import_id}/result.xlsx").status_code == 200


def _export(desk: _Desk) -> None:
    body = {
        "fields": ["name", "id_number", "phones", "dwelling"],
        "purpose": "防汛转移人员核对",
        "filters": {"age_to": 3},
    }
    made = desk.ask("POST", "/exports", body)
    assert made.status_code == 201, made.content
    exports.make_export(export_id=made.json()["id"])
    assert desk.ask("GET", f"/exports/{made.json()['id']}/file").status_code == 200
    desk.ask("POST", "/exports", {**body, "purpose": f"{MARK}", "fields": ["name"]})


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_planted_person_lies_about(
    client_for: Callable[[Actor | None], Client],
    written: io.StringIO,
    superuser: psycopg.Connection[tuple[object, ...]],
    tmp_path: Path,
) -> None:
    district = make_district()
    with scope.acting(SYSTEM):
        FieldRule.objects.create(
            object="person", field="name", name="姓名", name_en="Name", group="identity", owner="grid"
        )
        _, people = canaries.plant(district)
        broken = people[-1]
        Person.objects.filter(pk=broken.pk).update(sealed=bytes(broken.sealed)[:-1] + b"\x00")
        Person.objects.filter(pk__in=[one.pk for one in people[:3]]).update(birth_year=2025)
    cadre = selectors.actor_for(district.users["community_cadre"])
    desk = _Desk(client_for(cadre))
    _people(desk, people[0])
    _failures(desk, people[0], broken)
    _import(desk, cadre)
    _export(desk)
    stranger = _Desk(client_for(selectors.actor_for(district.users["other_grid_member"])))
    assert stranger.ask("GET", f"/persons/{people[0].pk}").status_code == 404
    assert stranger.ask("POST", "/search", {"q": facts_of(0).id_number}).json() == []
    said = written.getvalue()
    assert str(people[0].pk) in said, "the log was listened to"
    assert canaries.traces(said.encode()) == []
    assert [one for body in desk.errors + stranger.errors for one in canaries.traces(body)] == []
    assert len(desk.errors) >= 8
    assert canaries.traces_in_files([tmp_path]) == []
    assert canaries.traces_in_dump(superuser) == []


def test_the_search_for_traces_finds_them(tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    facts = facts_of(7)
    for text in (
        facts.name,
        facts.id_number,
        facts.phones[0],
        facts.name.encode().hex(),
        facts.id_number.encode().hex(),
    ):
        assert canaries.traces(f"before {text} after".encode()), text
    (tmp_path / "log").write_text(facts.phones[0], encoding="utf-8")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04")
    assert len(canaries.traces_in_files([tmp_path])) == 2
