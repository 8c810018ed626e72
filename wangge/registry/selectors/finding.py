"""Places by name, initials of their pinyin, address or code."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from wangge.areas import selectors as areas
from wangge.kit.text import fold
from wangge.org.scope import Actor, Interval, within
from wangge.registry.models import Building, Component, Device, Estate, Organisation, Premises
from wangge.registry.selectors import addresses

MOST = 8
_NAME = {"zh": "名称", "en": "name"}
_LETTERS = {"zh": "拼音首字母", "en": "initials of its pinyin"}
_ADDRESS = {"zh": "地址", "en": "address"}
_CODE = {"zh": "编码", "en": "code"}


def search_places(q: str, *, actor: Actor, inside: Interval | None = None, limit: int = MOST) -> list[dict[str, Any]]:
    """Estates and buildings first, then what is in them; of each kind at most `limit`."""
    words = q.strip()
    letters = fold(words)
    if len(letters) < 2:
        return []
    spelt = letters.isascii() and letters.isalnum()
    area = Q(area_pos__gte=inside[0], area_pos__lt=inside[1]) if inside else Q()
    mine = actor.scope.areas if not (actor.scope.all or inside) else ()
    seen = within("area_pos", mine) | Q(area_pos=0) if mine else Q()
    return [
        *_estates(words, letters, spelt, inside, limit),
        *_buildings(words, letters, spelt, area, actor, limit),
        *_others(words, letters, spelt, area, actor, limit),
        *_organisations(words, letters, spelt, area, seen, limit),
    ]


def _how(row: Any, words: str, letters: str, spelt: bool) -> dict[str, str]:
    if getattr(row, "code", "") == words:
        return _CODE
    if words in row.name:
        return _NAME
    return _LETTERS if spelt and row.pinyin.startswith(letters) else _ADDRESS


def _estates(words: str, letters: str, spelt: bool, inside: Interval | None, limit: int) -> list[dict[str, Any]]:
    wanted = Q(name__contains=words) | (Q(pinyin__startswith=letters) if spelt else Q())
    hits = []
    for row in Estate.objects.filter(wanted).order_by("name")[: limit * 4]:
        community = areas.version_at(row.area_id)
        if inside and (community is None or not (community.pos < inside[1] and inside[0] < community.pos_end)):
            continue
        lon, lat = (community.lon, community.lat) if community else (None, None)
        subtitle = community.name if community else ""
        hits.append(_hit("estate", row.pk, row.name, subtitle, _how(row, words, letters, spelt), lon, lat))
    return hits[:limit]


def _buildings(words: str, letters: str, spelt: bool, area: Q, actor: Actor, limit: int) -> list[dict[str, Any]]:
    standing = Building.objects.visible_to(actor).filter(area, pulled_down_on__isnull=True).select_related("estate")
    rows: dict[Any, Building] = {}
    if spelt:
        for row in standing.filter(Q(pinyin__startswith=letters) | Q(code=words)).order_by("pinyin", "code")[:limit]:
            rows[row.pk] = row
    else:
        named = [found.building.pk for found in addresses.find_address(words) if found.building]
        for row in standing.filter(pk__in=named):
            rows[row.pk] = row
        wanted = Q(name__contains=words) | Q(address__contains=words)
        for row in standing.filter(wanted).order_by("code")[: max(limit - len(rows), 0)]:
            rows.setdefault(row.pk, row)
    return [
        _hit(
            "building", row.pk, f"{row.estate.name if row.estate else ''}{row.name}", row.address,
            _how(row, words, letters, spelt), row.lon, row.lat,
        )
        for row in list(rows.values())[:limit]
    ]  # fmt: skip


def _others(words: str, letters: str, spelt: bool, area: Q, actor: Actor, limit: int) -> list[dict[str, Any]]:
    wanted = Q(name__contains=words) | Q(address__contains=words) | (Q(pinyin__startswith=letters) if spelt else Q())
    hits = [
        _hit("premises", row.pk, row.name, row.address, _how(row, words, letters, spelt), row.lon, row.lat)
        for row in Premises.objects.visible_to(actor).filter(area, wanted, closed_on__isnull=True)[:limit]
    ]
    if spelt or words.replace("-", "").isalnum():
        for kind, model in (("component", Component), ("device", Device)):
            hits += [
                _hit(kind, row.pk, row.name or row.code, row.code, _CODE, row.lon, row.lat)
                for row in model.objects.visible_to(actor).filter(area, code=words)[:limit]
            ]
    return hits


def _organisations(words: str, letters: str, spelt: bool, area: Q, seen: Q, limit: int) -> list[dict[str, Any]]:
    wanted = Q(name__contains=words) | (Q(pinyin__startswith=letters) | Q(uscc=words.upper()) if spelt else Q())
    found = Organisation.objects.filter(wanted, area, seen, ended_on__isnull=True)
    return [
        _hit(
            "organisation", row.pk, row.name, row.address,
            _CODE if row.uscc == words.upper() else _how(row, words, letters, spelt), None, None,
        )
        for row in found.order_by("name")[:limit]
    ]  # fmt: skip


def _hit(
    kind: str, pk: Any, title: str, subtitle: str, reason: dict[str, str], lon: float | None, lat: float | None
) -> dict[str, Any]:
    return {"type": kind, "id": pk, "title": title, "subtitle": subtitle, "reason": reason, "lon": lon, "lat": lat}
