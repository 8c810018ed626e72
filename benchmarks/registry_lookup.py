"""Finding one resident over HTTP by exact ID, by phone, by name and community: 1,000,000 people against 10,000.

Both installations run side by side and are asked in turn. The people looked for are whole, with envelopes that are
opened and compared; the others are rows of the same width with blind indexes as random as real ones.
"""

from __future__ import annotations

import json
import statistics
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benchmarks import _visitors as visitors
from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import Installation, installation, web

SMALL, LARGE = 10_000, 1_000_000
WARM_UP, REQUESTS, ROUNDS = 20, 120, 3
GOAL, MOST_MS = 3.0, 20.0
BLOCK = 100_000
SEARCH = "/api/v1/registry/search"

_WANTED = """
import json
from wangge.areas import selectors as areas
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Person
found = []
with scope.acting(scope.system_actor("benchmark")):
    some = Person.objects.filter(id_kind="resident_id", phone_key__isnull=False, birth_year__lt=2005).order_by("pk")
    for person in some[:400]:
        facts = sealing.open_(person)
        community = areas.area_for_pos(AREAS.ancestor(person.area_pos, 2))
        found.append({{"id": str(person.pk), "number": facts.id_number, "phone": facts.phones[0], "name": facts.name,
                      "area": str(community.area_id)}})
print(json.dumps(found[::len(found) // {many}][:{many}]))
"""
# Where, and a number for each; then people who look like any others until they are opened.
_PREPARE = """
create table bench_grid as select row_number() over (order by code) - 1 as n, pos from areas_areaversion
 where level = 3 and superseded_at is null;
create table bench_person (k bigint primary key, id uuid, pos bigint);
"""
_PLAN = """
truncate bench_person;
insert into bench_person
select k, (lpad(to_hex(1767225600000 + k), 12, '0') || '7' || substr(md5(k::text), 1, 3) || '8'
           || substr(md5(k::text), 4, 15))::uuid, g.pos
  from generate_series({first}::bigint, {last}::bigint) k
  join bench_grid g on g.n = k % (select count(*) from bench_grid);
"""
_KEY = "('x' || substr(md5({0}), 1, 16))::bit(64)::bigint"
_FILL = (
    f"""insert into registry_person (
      id, registration, status, sex, birth_year, id_kind, no_id_reason, sealed, id_key, phone_key, tail_key, name_key,
      initials_key, birth_key, household_role, area_pos, source, retention, confirmed, version)
    select id, 'registered', 'living_here', 'female', 1950 + k % 70, 'resident_id', '',
           decode(repeat(md5(k::text), 11), 'hex'), {_KEY.format("'id' || k")}, {_KEY.format("'phone' || k")},
           {_KEY.format("'tail' || k % 10000")}, {_KEY.format("'name' || pos / 4194304 || k % 90000")},
           {_KEY.format("'initials' || pos / 4194304 || k % 5000")}, {_KEY.format("'birth' || k")}, 'head', pos, 'demo',
           'resident', '{{}}', 1
      from bench_person""",
    """insert into registry_tie (id, kind, person_id, role, area_pos, source, recorded_at)
       select gen_random_uuid(), 'lives', id, 'head', pos, 'demo', now() from bench_person""",
)


@dataclass(frozen=True)
class _Site:
    size: int
    line: visitors.Line
    wanted: list[dict[str, str]]


def run() -> list[Measured]:
    with ExitStack() as stack:
        sites = [_site(stack, size) for size in (SMALL, LARGE)]
        rounds = [{(site.size, by): _p99(site, by) for by in WAYS for site in sites} for _ in range(ROUNDS)]
    p99 = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    worst = max(WAYS, key=lambda by: p99[LARGE, by] / p99[SMALL, by])
    slowest = max(WAYS, key=lambda by: p99[LARGE, by])
    detail = {by: [round(p99[SMALL, by], 1), round(p99[LARGE, by], 1)] for by in WAYS}
    return [
        Measured(
            claim=claim,
            ours=p99[LARGE, by],
            baseline=p99[SMALL, by],
            goal=goal,
            unit="ms p99",
            judged=judged,
            sense="at_most",
            detail={"by": by, "people": LARGE, "p99_ms": detail},
        )
        for claim, by, goal, judged in (
            ("registry_lookup", worst, GOAL, "ratio"),
            ("registry_lookup_time", slowest, MOST_MS, "ours"),
        )
    ]


def _site(stack: ExitStack, size: int) -> _Site:
    made = stack.enter_context(installation())
    made.wangge("registry", "populate", "--size", "small")
    wanted: list[dict[str, str]] = json.loads(made.python(_WANTED.format(many=WARM_UP + REQUESTS)))
    _fill(made, size)
    cookie = visitors.people(made)["community"]["cookie"]
    return _Site(size, visitors.Line(stack.enter_context(web(made, workers=1)), cookie), wanted)


def _fill(made: Installation, size: int) -> None:
    """Up to `size` people in all."""
    with made.connect() as connection:
        connection.execute("set synchronous_commit = off")  # this is not what is measured
        connection.execute(_PREPARE)
        row = connection.execute("select count(*) from registry_person").fetchone()
        assert row is not None
        for first in range(row[0] + 1, size + 1, BLOCK):
            connection.execute(_PLAN.format(first=first, last=min(first + BLOCK - 1, size)))
            connection.execute("analyze bench_person")
            for statement in _FILL:
                connection.execute(statement)
        connection.execute("vacuum analyze")
    progress(f"{size:,} people")


def _by_number(who: dict[str, str]) -> tuple[str, str, Any]:
    return "POST", SEARCH, {"q": who["number"]}


def _by_phone(who: dict[str, str]) -> tuple[str, str, Any]:
    return "POST", SEARCH, {"q": who["phone"]}


def _by_name(who: dict[str, str]) -> tuple[str, str, Any]:
    return "GET", f"{SEARCH}?q={quote(who['name'])}&area={who['area']}&kind=person", None


WAYS = {"id number": _by_number, "phone": _by_phone, "name and community": _by_name}


def _p99(site: _Site, by: str) -> float:
    taken = []
    for who in site.wanted:
        taken.append(site.line.timed(*WAYS[by](who)))
        if who["id"] not in {hit["id"] for hit in json.loads(site.line.body)}:
            raise RuntimeError(f"not found by {by}")
    taken = taken[WARM_UP:]
    progress(f"{site.size:,} by {by}: p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms")
    return percentile(taken, 0.99)
