"""A day at the command centre: a real file of messages comes in, and several hundred matters go to their end.

Everything goes over HTTP as the people of the demonstration; the database is only asked whether the pages told
the truth.
"""

from __future__ import annotations

import gzip
import io
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from tests.journeys.site import Refused, Site
from tests.shared_data import shared
from wangge.district import moves, scenery, stories

pytestmark = [pytest.mark.journey, pytest.mark.slow]

FILE = "messages/stream_4326.csv.gz"
TO_CLOSE = 300
AT_ONCE = 4
PATIENCE_SECONDS = 300
MOST_MOVES = 150  # reopened, sent back and whistled again, a case can take long
LEAD_ALONE = 0.7  # of the dispatches need no supporting unit
ACCOUNTS = {"district_operator": "zhihui1", "district_supervisor": "ducha1", "arbiter": "caijue1"}


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
    ((count, texts, waiting),) = site.rows(
        "select count(*), count(distinct source_ref), count(*) filter (where needs_human <> '') from casework_case"
        f" where id in (select case_id from intake_importrow where run_id = '{imported['id']}')"
    )
    assert (count, texts, waiting) == (4326, 4326, imported["queued"])


def test_a_repeated_import_doubles_nothing(site: Site, imported: dict[str, Any]) -> None:
    operator = site.person("zhihui1")
    head = b"\n".join(gzip.decompress(shared(FILE).read_bytes()).splitlines()[:200])
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
    operator = site.person("zhihui1")
    cast = _cast(site)
    waiting = _numbers(operator, TO_CLOSE)
    steps: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as crew:
        for taken, state in crew.map(lambda case_id: _live(site, cast, case_id), waiting):
            steps.update(taken)
            ends[state] += 1
    with capsys.disabled():
        print(f"\nScripted day: {dict(ends)}; {dict(steps.most_common())}")
    assert len(waiting) == TO_CLOSE
    assert ends == {"closed": TO_CLOSE}
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
    # The command ends with an error when it finds anything.
    said = site.run("check", "invariants")
    assert "invariants: 没有问题" in said
    assert "log chain: 没有问题" in said


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


def _photo() -> bytes:
    """Small: it is looked at and written again at every handling."""
    out = io.BytesIO()
    Image.open(io.BytesIO(scenery.draw(random.Random(1), tidy=True))).resize((320, 240)).save(out, "JPEG")
    return out.getvalue()


PHOTO = _photo()


@dataclass(frozen=True)
class Cast:
    """Who speaks for which unit, and what the script may choose from."""

    accounts: dict[str, str]
    leaves: list[str]
    grids: list[str]
    departments: list[str]
    streets: dict[str, str]


def _cast(site: Site) -> Cast:
    operator = site.person("zhihui1")
    accounts = _accounts(site)
    departments = [unit["id"] for unit in operator.get("/units", kind="department", limit=100)["items"]]
    return Cast(
        accounts=accounts,
        leaves=[story.code for story in stories.STORIES if story.code],
        grids=[row["id"] for row in operator.get("/areas", level=3, limit=100)["items"]],
        departments=[unit for unit in departments if unit in accounts],
        streets={
            unit["area_id"]: unit["id"] for unit in operator.get("/units", kind="subdistrict", limit=100)["items"]
        },
    )


def _live(site: Site, cast: Cast, case_id: str) -> tuple[Counter[str], str]:
    """One case to its end: the steps taken and the state it ended in."""
    rng = random.Random(case_id)
    operator = site.person("zhihui1")
    steps: Counter[str] = Counter()
    shown = operator.get(f"/cases/{case_id}")
    for _ in range(MOST_MOVES):
        street = next((cast.streets[area] for area in _above(operator, shown) if area in cast.streets), None)
        shown |= {
            "_leaf_codes": cast.leaves,
            "_grid_ids": [rng.choice(cast.grids)],
            "_whistle_units": cast.departments if street and street in cast.accounts else [],
            "_street_unit": street,
        }
        move = moves.choose(shown, rng)
        if move is None:
            return steps, shown["state"]
        username = cast.accounts.get(move.unit_id or "") if move.unit_id else ACCOUNTS.get(move.role)
        if username is None:
            return steps, "stuck"
        if move.step == "dispatch" and rng.random() < LEAD_ALONE:
            move.fields["support_units"] = []
        shown = _make(site, username, shown, move)
        steps[move.step] += 1
    return steps, "endless"


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


def _make(site: Site, username: str, shown: dict[str, Any], move: moves.Move) -> dict[str, Any]:
    """The case after the move: what the step answers is what its page would show."""
    person = site.person(username)
    fields = dict(move.fields)
    if move.on is not None:
        person.post(f"/whistles/{move.on}/steps/{move.step}", fields)
        return dict(site.person("zhihui1").get(f"/cases/{shown['id']}"))
    if move.step == "handle":
        fields["attachments"] = [person.upload("/attachments", PHOTO, "after.jpg", phase="handle")["id"]]
    try:
        return dict(person.post(f"/cases/{shown['id']}/steps/{move.step}", {"version": shown["version"], **fields}))
    except Refused as refused:
        raise AssertionError(f"{username} could not {move.step}: {refused}") from refused
