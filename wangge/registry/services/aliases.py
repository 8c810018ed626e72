"""The only writer of learned aliases: proposed by corrections, decided by enough of them or by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import AliasState, AliasVote, PlaceAlias
from wangge.registry.places import learning
from wangge.registry.selectors import rulebook
from wangge.registry.selectors.found_places import gazetteer
from wangge.registry.services import placing

SUBJECT = "place_alias"
STEPS = {
    "accept": ((AliasState.PROPOSED, AliasState.RETIRED, AliasState.REJECTED), AliasState.ACTIVE),
    "reject": ((AliasState.PROPOSED,), AliasState.REJECTED),
    "retire": ((AliasState.ACTIVE,), AliasState.RETIRED),
}


class AliasAmbiguous(Conflict):
    code = "alias_ambiguous"
    title_zh = "这个叫法在别的街道已另有所指"
    title_en = "The phrase already names a place in another street"


class AliasSettled(Conflict):
    code = "alias_settled"
    title_zh = "别名的状态不允许这一步"
    title_en = "The alias is not in a state for this step"


@transaction.atomic
def learn_from_correction(
    *,
    address: str,
    story: str,
    area_id: UUID,
    case_id: UUID,
    by: Actor,
    at: dt.datetime,
    told_elsewhere: Callable[[str, int], bool] = lambda phrase, street: False,
) -> PlaceAlias | None:
    """A person has said where a matter is: what its text called the place is proposed as an alias of the area.

    Corrections to two streets under one phrase, or a phrase `told_elsewhere` (in matters outside that street), are no
    alias unless a person says so; what corrections alone had made one is taken out of use by the next that differs.
    """
    area = areas.version_at(area_id, timezone.localdate(at))
    phrase = learning.phrase_of(address, story, gazetteer()) if area is not None else ""
    if area is None or not phrase or phrase == area.name:
        return None
    alias, made = PlaceAlias.objects.get_or_create(
        phrase=phrase, target_id=area.area_id,
        defaults={"target_name": area.name, "area_pos": area.pos, "made_at": at},
    )  # fmt: skip
    alias = PlaceAlias.objects.select_for_update().get(pk=alias.pk)
    AliasVote.objects.bulk_create(
        [AliasVote(alias=alias, case_id=case_id, by_id=by.user_id, at=at)], ignore_conflicts=True
    )
    _doubt_others(alias, by, at)
    if made:
        alias.conflict = "；".join(_rivals(alias))[:200]
        alias.save(update_fields=["conflict"])
        _log(alias, "propose", by, at)
    if alias.state == AliasState.PROPOSED and _enough(alias):
        rivals = _rivals(alias)
        if not rivals and told_elsewhere(phrase, _street(area.pos)):
            rivals = ["其他街道的诉求中也有这个说法"]
        if rivals:
            alias.conflict = "；".join(rivals)[:200]
            alias.save(update_fields=["conflict"])
        else:
            _settle(alias, AliasState.ACTIVE, None, "", at)
            _log(alias, "accept", scope.system_actor("别名学习"), at)
    return alias


def _street(pos: int) -> int:
    return AREAS.ancestor(pos, Level.SUBDISTRICT)


def _elsewhere(alias: PlaceAlias) -> list[PlaceAlias]:
    """The same phrase, said by corrections to be in another street."""
    others = PlaceAlias.objects.filter(phrase=alias.phrase).exclude(pk=alias.pk).exclude(state=AliasState.REJECTED)
    return [one for one in others.order_by("pk") if _street(one.area_pos) != _street(alias.area_pos)]


def _rivals(alias: PlaceAlias) -> list[str]:
    names = [*learning.rivals(alias.phrase, alias.area_pos, gazetteer())]
    return list(dict.fromkeys([*names, *(one.target_name for one in _elsewhere(alias))]))


def _doubt_others(alias: PlaceAlias, by: Actor, at: dt.datetime) -> None:
    """An alias that no person has accepted is asked about again once a correction says otherwise."""
    for one in _elsewhere(alias):
        if one.state == AliasState.ACTIVE and one.decided_by is None:
            one.conflict = alias.target_name[:200]
            one.save(update_fields=["conflict"])
            _settle(one, AliasState.PROPOSED, None, "", at)
            _log(one, "doubt", by, at)


def _enough(alias: PlaceAlias) -> bool:
    needed = rulebook.rules().aliases
    votes = list(AliasVote.objects.filter(alias=alias).values_list("case_id", "by_id"))
    return len({case for case, _ in votes}) >= needed.matters and len({by for _, by in votes}) >= needed.people


@transaction.atomic
def decide_alias(*, alias_id: UUID, step: str, reason: str, by: Actor, at: dt.datetime | None = None) -> PlaceAlias:
    """accept, reject or retire, with a reason; accepting is refused where another street has a place of that name."""
    alias = PlaceAlias.objects.select_for_update().filter(pk=alias_id).first()
    if alias is None or step not in STEPS:
        raise NotFound
    if not reason.strip():
        raise Invalid(errors=[field_error("body.reason", "请写明理由", "Say why")])
    known, to = STEPS[step]
    if alias.state not in known:
        raise AliasSettled(state=alias.state)
    if to is AliasState.ACTIVE and (rivals := _rivals(alias)):
        named = "、".join(rivals[:5])
        raise AliasAmbiguous(f"“{alias.phrase}”已指：{named}", f"{alias.phrase} already names {named}")
    moment = at or clock.now()
    _settle(alias, to, by.user_id, reason.strip()[:200], moment)
    _log(alias, step, by, moment)
    return alias


def _settle(alias: PlaceAlias, to: AliasState, by: UUID | None, reason: str, at: dt.datetime) -> None:
    alias.state, alias.decided_by, alias.decided_at, alias.reason = to, by, at, reason
    if to is AliasState.ACTIVE:
        alias.conflict = ""
    alias.save(update_fields=["state", "decided_by", "decided_at", "reason", "conflict"])
    placing.renew_book()


def _log(alias: PlaceAlias, verb: str, by: Actor, at: dt.datetime) -> None:
    audit.record(
        subject_type=SUBJECT, subject_id=alias.pk, action=f"registry:alias:{verb}", actor=by, area_pos=alias.area_pos,
        data={"phrase": alias.phrase, "target": alias.target_name, "state": alias.state, "reason": alias.reason},
        at=at,
    )  # fmt: skip
