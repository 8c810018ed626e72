"""Each new case is read once: what it is about, where, the same as which, how urgent. Never in the way of the case."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from wangge.casework.models import Case, Urgency
from wangge.intake.models import DangerAlarm, Reading
from wangge.intake.selectors import reading as selectors
from wangge.intake.services import sameness
from wangge.kit import clock
from wangge.org import scope
from wangge.registry import selectors as registry
from wangge.responsibility import selectors as responsibility

log = logging.getLogger("wangge.intake")

NAME = "来件识别"
WINDOW = dt.timedelta(days=3)  # cases that arrived earlier are not read any more
_TRIES = 3  # of a case on which the database gives up (a time limit, a deadlock) while it answers otherwise
_tried: Counter[UUID] = Counter()
_OURS = "select pg_try_advisory_xact_lock(hashtextextended(%s, 6))"
Part = TypeVar("Part")


def unread(*, since: dt.datetime, most: int) -> list[UUID]:
    """The oldest first of those that arrived since then."""
    with scope.acting(scope.system_actor(NAME)):
        cases = Case.objects.filter(submitted_at__gte=since, history=False, reading__isnull=True)
        return list(cases.order_by("submitted_at", "id").values_list("id", flat=True)[:most])


def read(case_id: UUID) -> Reading | None:
    """One transaction; None when somebody else reads it or has read it. A failure is kept, and is the end of it."""
    try:
        made = _read(case_id)
    except InterfaceError:
        raise  # the database is away: later
    except Exception as error:
        if isinstance(error, OperationalError) and not _tried_enough(case_id):
            raise
        log.exception("a case could not be read")
        with scope.acting(scope.system_actor(NAME)):
            failed = Reading(case_id=case_id, errors={"all": type(error).__name__}, read_at=clock.now())
            Reading.objects.bulk_create([failed], ignore_conflicts=True)
        _tried.pop(case_id, None)
        return None
    _tried.pop(case_id, None)
    return made


def _tried_enough(case_id: UUID) -> bool:
    """One case must not hold up those behind it."""
    if connection.is_usable():
        _tried[case_id] += 1
    return _tried[case_id] >= _TRIES


def _read(case_id: UUID) -> Reading | None:
    with scope.acting(scope.system_actor(NAME)) as by:
        with connection.cursor() as cursor:
            cursor.execute(_OURS, [str(case_id)])
            (ours,) = cursor.fetchone()
        if not ours or Reading.objects.filter(pk=case_id).exists():
            return None
        case = Case.objects.select_related("category", "area_version").filter(pk=case_id).first()
        if case is None:
            return None
        made = Reading(case=case, read_at=clock.now())
        _fill(made, case, by)
        made.save(force_insert=True)
        return made


def _fill(made: Reading, case: Case, by: scope.Actor) -> None:
    errors: dict[str, str] = {}
    matter = _part("matter", errors, lambda: responsibility.matter(case.title, case.description))
    if matter is not None:
        made.matter = selectors.matter_document(matter)
        made.guess = matter.candidates[0].category.code if matter.candidates else ""
        made.model_id, made.model_version = matter.model or (None, None)
    place = _part("place", errors, lambda: _place(case))
    made.place = place or {}
    same = _part("same", errors, lambda: _same(case, by))
    made.same = same or []
    danger = _part("urgency", errors, lambda: responsibility.danger(case.title, case.description))
    made.urgency = selectors.urgency_document(danger)
    if danger is not None and case.urgency == Urgency.DANGER and not case.on_the_spot:
        DangerAlarm.objects.get_or_create(
            case=case, defaults={"sign": danger.sign, "words": list(danger.words), "at": case.submitted_at}
        )
    made.errors = errors


def _place(case: Case) -> dict[str, Any]:
    near = (case.lon, case.lat) if case.lon is not None and case.lat is not None else None
    found = registry.find_place(f"{case.address}\n{case.title}\n{case.description}", near=near)
    document: dict[str, Any] = selectors.plain_json(found.document())
    return document


def _same(case: Case, by: scope.Actor) -> list[dict[str, Any]]:
    from wangge.intake.selectors import sameness as same

    sameness.note(case)
    found = same.candidates_of(case, actor=by)
    sameness.merge_by_rule(case, found)
    return [selectors.plain_json(one.document()) for one in found]


def _part(name: str, errors: dict[str, str], work: Callable[[], Part]) -> Part | None:
    """What a part finds; a failure is noted and undone, and the others go on."""
    try:
        with transaction.atomic():
            return work()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever one text does to one part, the case is read
        errors[name] = type(error).__name__
    log.error("a case could not be read for its %s: %s", name, errors[name])
    return None
