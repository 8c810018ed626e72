"""How many live where, by registration, sex, age and tag; small counts left out with what would tell them.

All tables of the whole district are made together (kit.disclosure), so that no two pages of different areas or of
different divisions can be subtracted from each other, and kept for the hour, so that no two moments can. The worker
makes them (services.counting); where there is none, or one long past, whoever asks first in a process makes its own.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.kit import disclosure
from wangge.kit.disclosure import Shown
from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Publication as Stored
from wangge.registry.models import Registration, Sex, TagKind

AGES = ((6, "0–5"), (14, "6–13"), (18, "14–17"), (35, "18–34"), (60, "35–59"), (70, "60–69"), (80, "70–79"))
OLDEST, UNKNOWN = "80+", "unknown"
_AGE_NAMES = [(name, f"{name} 岁", name) for _, name in AGES] + [
    (OLDEST, "80 岁及以上", "80 and over"),
    (UNKNOWN, "不详", "unknown"),
]
_SEX_EN = {"female": "Women", "male": "Men", "unknown": "Not stated"}
_REGISTRATION_EN = {
    "registered": "Registered here", "away": "Living away", "floating": "Floating", "overseas": "Overseas",
}  # fmt: skip
NOTE = "“—”为没有公布的数：1 至 7 的数，和能由合计推算出它们的数。各表同一时刻生成，每小时更新一次。"
NOTE_EN = (
    "“—”: not published, being from 1 to 7 or telling such a number. All tables are of one moment, renewed hourly."
)
_PATIENCE = dt.timedelta(hours=2)  # for a worker that is late
BY = ("registration", "sex", "age", "tag")

Class = tuple[str, str, str]
"""Code, name in Chinese, in English."""


@dataclass(frozen=True)
class Publication:
    """One hour's tables; `places` by position in the lists."""

    at: dt.datetime
    places: dict[UUID, int]
    totals: list[Shown]
    tables: dict[str, list[list[Shown]]]
    classes: dict[str, list[Class]]


def table(*, actor: Actor, by: str, area_id: UUID | None = None) -> dict[str, Any]:
    """The area and what lies just below it, by one division; NotFound for an area out of sight."""
    if by not in BY:
        zh, en = "只能按人口类型、性别、年龄、标签之一", "by registration, sex, age or tag"
        raise Invalid(errors=[field_error("query.by", zh, en)])
    area = _area(actor, area_id)
    found = publication()
    below = list(areas.current().filter(parent_id=area.area_id).order_by("code"))
    rows = [_row(found, by, one) for one in below if one.area_id in found.places]
    whole = _row(found, by, area)
    hidden = sum(row["total"] is None for row in (whole, *rows)) + sum(
        count is None for row in (whole, *rows) for count in row["counts"]
    )
    return {
        "area": whole["area"],
        "by": by,
        "columns": [{"code": code, "name": zh, "name_en": en} for code, zh, en in found.classes[by]],
        "rows": rows,
        "totals": whole["counts"],
        "total": whole["total"],
        "suppressed": hidden,
        "note": {"zh": NOTE, "en": NOTE_EN},
        "at": found.at,
    }


def _row(found: Publication, by: str, area: AreaVersion) -> dict[str, Any]:
    place = found.places.get(area.area_id)
    if place is None:  # new within the hour
        raise NotFound
    return {
        "area": {"id": area.area_id, "name": area.name, "code": area.code, "level": area.level},
        "total": found.totals[place],
        "counts": found.tables[by][place],
    }


def _area(actor: Actor, area_id: UUID | None) -> AreaVersion:
    if area_id is not None:
        version = areas.version_at(area_id)
    elif actor.scope.areas:
        version = areas.area_for_pos(actor.scope.areas[0][0])
    else:
        version = areas.current().filter(level=Level.DISTRICT).first()
    if version is None or not actor.scope.covers_area(version.pos):
        raise NotFound
    return version


_kept: dict[str, Publication] = {}
_lock = threading.Lock()


def forget() -> None:
    """For tests and after loading a district."""
    _kept.clear()


def publication(at: dt.datetime | None = None) -> Publication:
    """The newest that the worker has made; without one, of the hour and of this process."""
    now = timezone.localtime(at)
    newest = Stored.objects.filter(id=1).values_list("at", flat=True).first()
    with _lock:
        kept = _kept.get("latest")
        if newest is not None and newest >= hour_of(now) - _PATIENCE:
            if kept is None or kept.at != newest:
                kept = _kept["latest"] = unpacked(Stored.objects.get(id=1))
        elif kept is None or kept.at < hour_of(now):
            kept = _kept["latest"] = made(now)
        return kept


def hour_of(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment).replace(minute=0, second=0, microsecond=0)


def packed(found: Publication) -> bytes:
    """As it is stored."""
    places = {str(area): place for area, place in found.places.items()}
    said = {"places": places, "totals": found.totals, "tables": found.tables, "classes": found.classes}
    return zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(row: Stored) -> Publication:
    held = json.loads(zlib.decompress(row.data))
    places = {UUID(area): place for area, place in held["places"].items()}
    classes = {by: [(code, zh, en) for code, zh, en in columns] for by, columns in held["classes"].items()}
    return Publication(row.at, places, held["totals"], held["tables"], classes)


def made(at: dt.datetime) -> Publication:
    """Counted now, small counts left out."""
    now = timezone.localtime(at)
    versions = sorted(areas.atlas(now.date()).versions, key=lambda one: one.pos)
    number = {one.pos: index for index, one in enumerate(versions)}
    parents = [_parent(one, number) for one in versions]
    classes = _classes()
    counts = {by: [[0] * len(columns) for _ in versions] for by, columns in classes.items()}
    index = {by: {key: column for column, (key, _, _) in enumerate(columns)} for by, columns in classes.items()}
    with scope.unrestricted():
        for by, rows in _counted(now.year).items():
            for pos, key, count in rows:
                place = _place(pos, number)
                if place is not None and key in index[by]:
                    counts[by][place][index[by][key]] += count
    tags = counts.pop("tag")
    published = disclosure.tree_tables(parents, counts)
    tables = dict(published.cells)
    # A person may have several tags or none: each is a division of its own, shown without the rest.
    columns = [disclosure.tree(parents, [line[c] for line in tags]) for c in range(len(classes["tag"]))]
    tables["tag"] = [list(line) for line in zip(*columns, strict=True)] if columns else [[] for _ in versions]
    places = {one.area_id: index for index, one in enumerate(versions)}
    return Publication(now, places, published.totals, tables, classes)


def _parent(version: AreaVersion, number: Mapping[int, int]) -> int | None:
    above = (AREAS.ancestor(version.pos, level) for level in range(version.level - 1, -1, -1))
    return next((number[pos] for pos in above if pos in number), None)


def _place(pos: int, number: Mapping[int, int]) -> int | None:
    """The area at this position, else the smallest around it that there still is."""
    around = (AREAS.ancestor(pos, level) for level in range(len(AREAS.bits) - 1, -1, -1))
    return next((number[one] for one in around if one in number), None)


def _classes() -> dict[str, list[Class]]:
    tags = TagKind.objects.filter(active=True).order_by("code").values_list("code", "name", "name_en")
    return {
        "registration": [(value, str(label), _REGISTRATION_EN[value]) for value, label in Registration.choices],
        "sex": [(value, str(label), _SEX_EN[value]) for value, label in Sex.choices],
        "age": _AGE_NAMES,
        "tag": list(tags),
    }


_AGE_SQL = (
    "case when birth_year is null then 'unknown' "
    + " ".join(f"when %(year)s - birth_year < {limit} then '{name}'" for limit, name in AGES)
    + f" else '{OLDEST}' end"
)
# Names of our own tables and classes only.
_PEOPLE = f"""
select area_pos, registration, sex, {_AGE_SQL} as age, count(*) from registry_person
 where status in ('living_here', 'absent')
 group by grouping sets ((area_pos, registration), (area_pos, sex), (area_pos, 4))
"""  # noqa: S608
_TAGS = """
select p.area_pos, t.kind_id, count(*) from registry_tag t join registry_person p on p.id = t.person_id
 where t.ended_on is null and p.status in ('living_here', 'absent') group by 1, 2
"""


def _counted(year: int) -> dict[str, Sequence[tuple[int, str, int]]]:
    found: dict[str, list[tuple[int, str, int]]] = {by: [] for by in BY}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"year": year})
        for pos, *keys, count in cursor.fetchall():
            by = next(name for name, key in zip(BY, keys, strict=False) if key is not None)
            found[by].append((pos, keys[BY.index(by)], count))
        cursor.execute(_TAGS)
        found["tag"] = cursor.fetchall()
    return dict(found)
