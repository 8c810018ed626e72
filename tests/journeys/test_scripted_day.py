"""A day at the command centre: a real file of messages comes in, and several hundred matters go to their end.

Everything goes over HTTP as the people of the demonstration; the database is only asked whether the pages told
the truth.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import pytest

from tests.journeys.site import Refused, Site
from tests.shared_data import shared
from wangge.district import moves, stories

pytestmark = [pytest.mark.journey, pytest.mark.slow]

FILE = "messages/stream_4326.csv.gz"
TO_CLOSE = 300
PATIENCE_SECONDS = 300
ACCOUNTS = {"district_operator": "zhihui1", "district_supervisor": "ducha1", "arbiter": "zhongcai1"}


@pytest.fixture(scope="module")
def imported(site: Site) -> dict[str, Any]:
    operator = site.person("zhihui1")
    seen = operator.upload("/intake/imports", shared(FILE).read_bytes(), "stream_4326.csv.gz", channel="hotline12345")
    assert seen["total"] == 4326
    assert seen["mapping"]["title"] == "留言主题"
    assert seen["problem_rows"] == 0
    run = operator.post(f"/intake/imports/{seen['id']}/run")
    end = time.monotonic() + PATIENCE_SECONDS
    while run["state"] == "running" and time.monotonic() < end:
        time.sleep(0.5)
        run = operator.get(f"/intake/imports/{run['id']}")
    return run


def test_each_of_the_4326_messages_is_accounted_for(site: Site, imported: dict[str, Any]) -> None:
    assert imported["state"] == "done", imported
    assert (imported["created"], imported["failed"], imported["duplicate"]) == (4326, 0, 0)
    ((count, texts),) = site.rows(
        "select count(*), count(distinct source_ref) from casework_case where channel = 'hotline12345'"
    )
    assert (count, texts) == (4326, 4326)
    ((waiting,),) = site.rows("select count(*) from casework_case where channel = 'hotline12345' and needs_human <> ''")
    assert waiting == imported["queued"]


def test_a_repeated_import_doubles_nothing(site: Site, imported: dict[str, Any]) -> None:
    operator = site.person("zhihui1")
    head = b"\n".join(__import__("gzip").decompress(shared(FILE).read_bytes()).splitlines()[:200])
    seen = operator.upload("/intake/imports", head, "again.csv", channel="hotline12345")
    run = operator.post(f"/intake/imports/{seen['id']}/run")
    while run["state"] == "running":
        time.sleep(0.3)
        run = operator.get(f"/intake/imports/{run['id']}")
    assert run["created"] == 0
    assert run["duplicate"] + run["failed"] == run["total"]
    assert run["duplicate"] > 0


def test_several_hundred_are_driven_to_closing_by_different_people(
    site: Site, imported: dict[str, Any], capsys: Any
) -> None:
    rng = random.Random(345)
    operator = site.person("zhihui1")
    grids = [row["id"] for row in operator.get("/areas", level=3, limit=100)["items"]]
    leaves = [story.code for story in stories.STORIES if story.code]
    departments = [unit["id"] for unit in operator.get("/units", kind="department", limit=100)["items"]]
    accounts = _accounts(site)
    departments = [unit for unit in departments if unit in accounts]
    streets = {unit["area_id"]: unit["id"] for unit in operator.get("/units", kind="subdistrict", limit=100)["items"]}
    waiting = _numbers(operator, TO_CLOSE)
    steps: Counter[str] = Counter()
    closed = stuck = 0
    for case_id in waiting:
        for _ in range(40):
            shown = operator.get(f"/cases/{case_id}")
            street = next((streets[a] for a in _above(operator, shown) if a in streets), None)
            shown |= {
                "_leaf_codes": leaves,
                "_grid_ids": [rng.choice(grids)],
                "_whistle_units": departments if street and street in accounts else [],
                "_street_unit": street,
            }
            move = moves.choose(shown, rng)
            if move is None:
                break
            username = accounts.get(move.unit_id or "") if move.unit_id else ACCOUNTS.get(move.role)
            if username is None:
                stuck += 1
                break
            _make(site, username, case_id, shown["version"], move)
            steps[move.step] += 1
        closed += operator.get(f"/cases/{case_id}")["state"] == "closed"
    with capsys.disabled():
        print(f"\nScripted day: {closed} of {len(waiting)} closed, {stuck} stuck; {dict(steps.most_common())}")
    assert stuck == 0
    assert closed == len(waiting) == TO_CLOSE
    for step in (
        "register",
        "dispatch",
        "acknowledge",
        "handle",
        "verify",
        "call_back",
        "close",
        "send_back",
        "reject",
        "whistle",
        "report_in",
        "grade",
        "end",
    ):
        assert steps[step], f"nobody took the step {step}"


def test_the_counts_on_the_pages_equal_the_database(site: Site, imported: dict[str, Any]) -> None:
    by_state = dict(site.rows("select state, count(*) from casework_case where not history group by 1"))
    shown = site.person("zhihui1").get("/situation")
    ended = {"closed", "cancelled", "merged"}
    assert shown["open"] == sum(count for state, count in by_state.items() if state not in ended)
    assert {row["state"]: row["count"] for row in shown["by_state"] if row["count"] and row["state"] not in ended} == {
        state: count for state, count in by_state.items() if state not in ended
    }
    for username in ("zhihui1", "ducha1", "chengguan1", "jiedao1", "shequ1", "wangge1"):
        person = site.person(username)
        counts = person.get("/cases/counts")
        for view in ("todo", "done", "mine"):
            assert counts[view] == _length(person, view), (username, view)


def test_the_log_of_the_whole_day_is_unbroken_and_the_invariants_hold(site: Site, imported: dict[str, Any]) -> None:
    assert "0" in site.run("check", "invariants")


def _length(person: Any, view: str) -> int:
    seen, cursor = 0, ""
    while True:
        page = person.get("/cases", view=view, limit=100, **({"cursor": cursor} if cursor else {}))
        seen += len(page["items"])
        cursor = page["next"]
        if not cursor:
            return seen


def _numbers(operator: Any, most: int) -> list[str]:
    found: list[str] = []
    cursor = ""
    while len(found) < most:
        page = operator.get(
            "/cases", view="all", channel="hotline12345", limit=100, **({"cursor": cursor} if cursor else {})
        )
        found += [row["id"] for row in page["items"] if row["state"] not in {"closed", "cancelled", "merged"}]
        cursor = page["next"]
        if not cursor:
            break
    return found[:most]


def _accounts(site: Site) -> dict[str, str]:
    """A username for each unit that has people."""
    speakers = ("department_clerk", "subdistrict_dispatcher", "community_cadre", "grid_member", "district_operator")
    rows = site.rows(
        """
        select p.unit_id::text, r.code, min(u.username) from org_post p
        join org_role r on r.id = p.role_id join org_user u on u.id = p.user_id
        where u.is_active group by 1, 2
        """
    )
    found: dict[str, tuple[int, str]] = {}
    for unit, role, username in rows:
        if role in speakers and (unit not in found or speakers.index(role) < found[unit][0]):
            found[unit] = (speakers.index(role), username)
    return {unit: username for unit, (_, username) in found.items()}


_PLACES: dict[str, list[str]] = {}


def _above(operator: Any, shown: dict[str, Any]) -> list[str]:
    """Ids of the areas above the case's own, nearest first."""
    if shown["area"] is None:
        return []
    start = shown["area"]["id"]
    if start not in _PLACES:
        chain, current = [start], operator.get(f"/areas/{start}")
        while current["parent_id"]:
            chain.append(current["parent_id"])
            current = operator.get(f"/areas/{current['parent_id']}")
        _PLACES[start] = chain
    return _PLACES[start]


def _make(site: Site, username: str, case_id: str, version: int, move: moves.Move) -> None:
    person = site.person(username)
    fields = dict(move.fields)
    if move.on is not None:
        person.post(f"/whistles/{move.on}/steps/{move.step}", fields)
        return
    if move.step == "handle":
        photo = shared_photo()
        fields["attachments"] = [person.upload("/attachments", photo, "after.jpg", phase="handle")["id"]]
    try:
        person.post(f"/cases/{case_id}/steps/{move.step}", {"version": version, **fields})
    except Refused as refused:
        raise AssertionError(f"{username} could not {move.step}: {refused}") from refused


def shared_photo() -> bytes:
    from wangge.district import scenery

    return scenery.draw(random.Random(1), tidy=True)
