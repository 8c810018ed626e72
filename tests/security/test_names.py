"""Promises 16 and 17: names and numbers as people have them, kept whole, shown as they are, found as they are meant."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace
from typing import Any

import pytest

from tests.security.conftest import Send
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play
from wangge.command.live import events_after
from wangge.kit import crypto, tables, text
from wangge.org import scope

pytestmark = pytest.mark.django_db

NAMES = {
    "right to left": "张\u202e三\u202c",
    "isolates": "\u2067李四\u2069",
    "zero width": "王\u200b五\u200d\ufeff",
    "middle dot": "买买提·艾山",
    "other dots": "买买提•艾山",
    "beyond the basic plane": "𠮷田𪚥",
    "rare": "㛃䶮",
    "combining": "Jose\u0301",
    "homoglyph": "Вася Pupkin",
    "emoji": "小明👨‍👩‍👧",
    "variation selector": "葛󠄀城",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_kept_whole_in_nfc(name: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    made = send(people.dispatcher, "POST", "/cases", {"title": f"{name}反映垃圾", "reporter_name": name})
    assert made.status_code == 201, made.content
    whole = unicodedata.normalize("NFC", name)
    assert made.json()["title"] == f"{text.visible(whole)}反映垃圾"
    look = send(people.dispatcher, "POST", f"/cases/{made.json()['id']}/look", {"purpose": "回访核实"})
    if look.status_code == 200:
        assert look.json()["reporter_name"] == text.visible(whole)
    with scope.applied(scope.EVERYTHING):
        case = Case.objects.get(pk=made.json()["id"])
    assert case.title == f"{whole}反映垃圾"
    assert case.reporter_name_encrypted is not None
    assert crypto.decrypt(case.reporter_name_encrypted, context="case:reporter_name") == whole


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("王\u200b五反映", "王五"),
        ("张\u202e三\u202c反映", "张三"),
        ("买买提·艾山反映", "买买提艾山"),
        ("买买提·艾山反映", "买买提•艾山"),
        ("ＡＢＣ小区反映", "abc小区"),
        ("𠮷田先生反映", "𠮷田"),
        ("Jose\u0301反映", "José"),
        ("㐂喜家园", "㐂喜"),
    ],
)
def test_search_finds_what_is_meant(stored: str, asked: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    made = send(people.dispatcher, "POST", "/cases", {"title": stored}).json()
    found = send(people.dispatcher, "GET", f"/cases?q={asked}").json()["items"]
    assert [row["id"] for row in found] == [made["id"]]


def test_hidden_characters_are_seen_by_everybody_who_reads(send: Send, people: SimpleNamespace, act: Play) -> None:
    body = {"title": "张\u202e三\u200b反映", "description": "\u2066x", "address": "东\u200b街"}
    made = send(people.dispatcher, "POST", "/cases", body).json()
    shown = "张⟨U+202E⟩三⟨U+200B⟩反映"
    case = send(people.dispatcher, "GET", f"/cases/{made['id']}").json()
    assert (case["title"], case["description"], case["address"]) == (shown, "⟨U+2066⟩x", "东⟨U+200B⟩街")
    assert send(people.dispatcher, "GET", "/cases").json()["items"][0]["title"] == shown
    assert send(people.dispatcher, "GET", "/situation").json()["latest"][0]["title"] == shown
    assert [event for event in events_after(0) if shown in event.encoded().decode()]
    resident = send(None, "POST", "/public/reports", body).json()
    assert send(None, "GET", f"/public/reports/{resident['token']}").json()["title"] == shown


def test_names_survive_the_sheet(send: Send, people: SimpleNamespace, act: Play) -> None:
    titles = [f"{unicodedata.normalize('NFC', name)}反映" for name in NAMES.values()]
    for title in titles:
        assert send(people.dispatcher, "POST", "/cases", {"title": title}).status_code == 201
    sheet = tables.read_table(send(people.dispatcher, "GET", "/cases/export.xlsx").content, "a.xlsx")
    assert {row[1] for row in sheet.rows} == set(titles)


# --- 17: numbers ----------------------------------------------------------------------------------------------------


def phone_of(case_id: str) -> str:
    with scope.applied(scope.EVERYTHING):
        sealed = Case.objects.get(pk=case_id).reporter_phone_encrypted
    return crypto.decrypt(sealed, context="case:reporter_phone") if sealed else ""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("+86 138-0000-0000", "+86 138-0000-0000"),
        ("0531-86000000转8001", "0531-86000000转8001"),
        ("0531－86000000", "0531-86000000"),
        ("+44 20 7946 0000", "+44 20 7946 0000"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/public/reports"])
def test_full_width_digits_become_digits_and_foreign_numbers_are_taken(
    path: str, given: str, kept: str, send: Send, people: SimpleNamespace, act: Play
) -> None:
    made = send(people.dispatcher, "POST", path, {"title": "楼道堆物", "reporter_phone": given})
    assert made.status_code == 201, made.content
    with scope.applied(scope.EVERYTHING):
        case_id = Case.objects.get(title="楼道堆物").pk
    assert phone_of(str(case_id)) == kept


@pytest.mark.parametrize(
    "given", ["一三八", "١٣٨٠٠٠٠٠٠٠٠", "১৩৮০০০০", "138abc", "<script>", "138\u202e000", "1" * 41, "=1+1"]
)
def test_what_only_looks_like_digits_is_refused(given: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    assert given == "=1+1" or not given.isascii() or len(given) > 20 or "a" in given or "<" in given
    for path in ("/cases", "/public/reports"):
        refused = send(people.dispatcher, "POST", path, {"title": "楼道堆物", "reporter_phone": given})
        assert refused.status_code == 422, given
        assert refused.json()["errors"][0]["at"] == "body.reporter_phone"


def test_a_case_needs_no_number_at_all(send: Send, people: SimpleNamespace, act: Play) -> None:
    answer: Any = send(None, "POST", "/public/reports", {"title": "不留姓名的人反映"})
    assert answer.status_code == 201
