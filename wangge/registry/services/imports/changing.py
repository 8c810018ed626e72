"""Known people changed by what an import says: gaps filled, or values a person decided on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection

from wangge.areas.models import Level
from wangge.audit import chain
from wangge.audit import services as audit
from wangge.kit.errors import Conflict
from wangge.kit.tree import AREAS
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.imports.checking import Resident
from wangge.registry.services.imports.matching import GROUPS, Known
from wangge.registry.services.phones import keep_further


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    title_zh = "登记信息刚刚被他人更新，请重试"
    title_en = "The record was changed meanwhile: try again"


@dataclass(frozen=True)
class Filled:
    """`fields` are taken from what was given; everything else stays as known."""

    known: Known
    given: Resident
    fields: frozenset[str]
    household_id: UUID | None
    dwelling_id: UUID | None


# Column, SQL type; all of a person that an import may change.
_COLUMNS = (
    ("sealed", "bytea"), ("id_key", "bigint"), ("phone_key", "bigint"), ("tail_key", "bigint"), ("name_key", "bigint"),
    ("initials_key", "bigint"), ("birth_key", "bigint"), ("id_kind", "text"), ("no_id_reason", "text"),
    ("sex", "text"), ("birth_year", "smallint"), ("registration", "text"), ("status", "text"),
    ("household_id", "uuid"), ("household_role", "text"), ("dwelling_id", "uuid"), ("area_pos", "bigint"),
    ("since", "date"), ("source", "text"), ("confirmed", "jsonb"),
)  # fmt: skip
_UPDATE = f"""
update registry_person p set {", ".join(f"{name} = n.{name}" for name, _ in _COLUMNS)}, version = p.version + 1
  from unnest(%s::uuid[], %s::int[], {", ".join(f"%s::{kind}[]" for _, kind in _COLUMNS)})
    as n(id, version, {", ".join(name for name, _ in _COLUMNS)})
 where p.id = n.id and p.version = n.version
"""  # noqa: S608 - names of this module
_TIPS = """
select w.id, e.number, e.hash from unnest(%s::uuid[]) as w(id)
 cross join lateral (select number, hash from audit_entry where subject_type = 'person' and subject_id = w.id
                      order by number desc limit 1) e
"""


def fill(changes: Sequence[Filled], *, source: str, at: dt.datetime, by: Actor, verb: str = "change") -> None:
    """All of them in one statement, with an entry in each person's log; ChangedMeanwhile if somebody was faster."""
    if not changes:
        return
    rows = [_row(one, source, at, by) for one in changes]
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [list(column) for column in zip(*rows, strict=True)])
        if cursor.rowcount != len(rows):
            raise ChangedMeanwhile
        keep_further(_phones(changes))
        cursor.execute(_TIPS, [[one.known.id for one in changes]])
        tips = {pk: chain.Tip(number, bytes(digest)) for pk, number, digest in cursor.fetchall()}
    audit.record_many(
        [
            chain.next_entry(
                tip=tips.get(one.known.id, chain.Tip()),
                subject_type="person",
                subject_id=one.known.id,
                action=f"registry:person:{verb}",
                actor=by,
                area_pos=one.given.where.pos if "address" in one.fields else one.known.area_pos,
                data={"fields": sorted(one.fields), "source": source},
                at=at,
            )
            for one in changes
        ]
    )


def _phones(changes: Sequence[Filled]) -> dict[UUID, tuple[str, ...]]:
    """Of those whose phones are others now."""
    return {one.known.id: merged(one.known.facts, one.given.facts, one.fields).phones for one in changes
              if "phone" in one.fields}  # fmt: skip


def _row(one: Filled, source: str, at: dt.datetime, by: Actor) -> list[object]:
    known, given, taken = one.known, one.given, one.fields
    pos = given.where.pos if "address" in taken else known.area_pos
    facts = merged(known.facts, given.facts, taken)
    sealed = sealing.seal(known.id, facts, AREAS.ancestor(pos, Level.COMMUNITY))
    entry = {"at": at.isoformat(timespec="seconds"), "unit": str(by.unit_id) if by.unit_id else None, "source": source}
    confirmed = json.loads(known.confirmed) | {GROUPS[name]: entry for name in taken if name in GROUPS}
    return [
        known.id, known.version, sealed.sealed, sealed.id_key, sealed.phone_key, sealed.tail_key, sealed.name_key,
        sealed.initials_key, sealed.birth_key, facts.id_kind, facts.no_id_reason,
        given.sex if "sex" in taken else known.sex, facts.birth.year if facts.birth else None,
        given.registration if "registration" in taken else known.registration,
        "living_here" if "status" in taken else known.status, one.household_id,
        given.household_role if "household_role" in taken else known.household_role, one.dwelling_id, pos,
        given.since if "since" in taken else known.since, known.source, json.dumps(confirmed, ensure_ascii=False),
    ]  # fmt: skip


def merged(known: PersonFacts, given: PersonFacts, taken: frozenset[str]) -> PersonFacts:
    """What is known, with the fields of `taken` as given; a new phone goes before the old ones."""
    texts = {name: getattr(given, name) for name in ("name", "birth", "registered_address", "ethnicity", "workplace",
                                                     "note") if name in taken}  # fmt: skip
    made = replace(known, **texts)
    if "id_number" in taken:
        made = replace(made, id_kind=given.id_kind, id_number=given.id_number, no_id_reason=given.no_id_reason)
    if "phone" in taken:
        made = replace(made, phones=tuple(dict.fromkeys((*given.phones, *known.phones))))
    return made
