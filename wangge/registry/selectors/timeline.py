"""What happened to a person in the registry: stays, groups, changes. Names of fields, never their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from wangge.areas.models import AreaVersion, Level
from wangge.audit.models import Entry
from wangge.kit.tree import AREAS
from wangge.org.scope import Actor
from wangge.registry.models import Person, Tag, Tie
from wangge.registry.selectors.readers import Reach, reader_of
from wangge.registry.wording import ABSENT_REASONS, ACTIONS, field_names

Event = dict[str, Any]
_TOLD_BY_TIES = frozenset({"registry:tag:add", "registry:tag:end", "registry:person:untie"})


def timeline(person: Person, *, actor: Actor) -> list[Event]:
    """Newest first; a partner sees the groups in its care alone."""
    reader = reader_of(actor)
    reach = reader.reach(person.area_pos)
    tags = [tag for tag in Tag.objects.filter(person=person).select_related("kind") if reader.shows_tag(tag, reach)]
    events = [event for tag in tags for event in _of_tag(tag)]
    if reach is not Reach.PARTNER:
        ties = list(Tie.objects.filter(person=person).select_related("building", "dwelling__building", "premises"))
        divisions = Divisions(ties)
        events += [event for tie in ties for event in _of_tie(tie, divisions)]
        log = Entry.objects.filter(subject_type="person", subject_id=person.pk).order_by("-number")[:500]
        events += [_of_entry(entry) for entry in log if entry.action not in _TOLD_BY_TIES]
    return sorted(events, key=lambda event: event["at"], reverse=True)


class Divisions:
    """The grids of the days of some ties, by one query."""

    def __init__(self, ties: Iterable[Tie]) -> None:
        held = list(ties)
        wanted = {tie.area_pos for tie in held} | {b.area_pos for tie in held if (b := _building(tie))}
        wanted |= {AREAS.ancestor(pos, Level.COMMUNITY) for pos in wanted}
        self._versions: dict[int, list[AreaVersion]] = {}
        found = AreaVersion.objects.current().defer("boundary").filter(pos__in=wanted)
        for version in found.order_by("-valid_from"):
            self._versions.setdefault(version.pos, []).append(version)

    def name(self, pos: int, day: dt.date) -> str:
        """Community and grid as they were called on that day, or as last called."""
        names = []
        for one in dict.fromkeys((AREAS.ancestor(pos, Level.COMMUNITY), pos)):
            versions = self._versions.get(one, [])
            then = [v for v in versions if v.valid_from <= day and (v.valid_to is None or v.valid_to > day)]
            names += [v.name for v in (then or versions)[:1]]
        # A grid is mostly named after its community: that is said once.
        return names[-1] if len(names) > 1 and names[-1].startswith(names[0]) else "".join(names)


def _building(tie: Tie) -> Any:
    return tie.building or (tie.dwelling.building if tie.dwelling else None)


def _of_tie(tie: Tie, divisions: Divisions) -> list[Event]:
    """Where it was then and, when the division has changed, what that is called now."""
    building, today = _building(tie), timezone.localdate()
    place = tie.premises.name if tie.premises else building.address if building else ""
    then = divisions.name(tie.area_pos, tie.valid_from or today)
    now = divisions.name(building.area_pos, today) if building else then
    zh = f"{place}（{then}{f'，现属{now}' if now != then else ''}）"
    en = f"{place} ({then}{f', now {now}' if now != then else ''})"
    events = []
    if tie.valid_from is not None:
        events.append(_event(tie.valid_from, "tie", f"{tie.get_kind_display()}：{zh}", f"{tie.kind}: {en}"))
    if tie.valid_to is not None:
        events.append(_event(tie.valid_to, "tie", f"{tie.get_kind_display()}结束：{zh}", f"no longer {tie.kind}: {en}"))
    return events


def _of_tag(tag: Tag) -> list[Event]:
    name, english = tag.kind.name, tag.kind.name_en
    events = [_event(tag.since, "tag", f"列入“{name}”（{tag.source}）", f"put into {english}")]
    if tag.ended_on is not None:
        words = ABSENT_REASONS.get(tag.ended_reason, (tag.ended_reason, tag.ended_reason))
        events.append(_event(tag.ended_on, "tag", f"移出“{name}”：{words[0]}", f"taken out of {english}: {words[1]}"))
    return events


def _of_entry(entry: Entry) -> Event:
    zh, en = ACTIONS.get(entry.action.removeprefix("registry:"), (entry.action, entry.action))
    fields = entry.data.get("fields") or entry.data.get("groups") or []
    if fields:
        names = field_names(str(field) for field in fields)
        zh, en = f"{zh}：{names[0]}", f"{en}: {names[1]}"
    if status := entry.data.get("status"):
        words = ABSENT_REASONS.get(status, (status, status))
        zh, en = f"{zh}：{words[0]}", f"{en}: {words[1]}"
    return {"at": entry.at, "kind": "log", "text": zh, "text_en": en, "by": entry.actor_name}


def _event(day: dt.date, kind: str, zh: str, en: str) -> Event:
    moment = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return {"at": moment, "kind": kind, "text": zh, "text_en": en, "by": ""}
