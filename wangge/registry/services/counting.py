"""What is counted now and then, so that a page of the whole district does not count it for each reader."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from wangge.kit import clock
from wangge.org import scope
from wangge.registry.models import Publication
from wangge.registry.selectors import statistics
from wangge.registry.selectors.spans import LIVING, staleness

_TALLY = """
insert into registry_tally (building_id, dwellings, households, persons, stale, at)
select b.id, coalesce(d.n, 0), coalesce(h.n, case when d.n is null then b.households else 0 end), coalesce(p.n, 0),
       coalesce(p.stale, 0), %s
  from registry_building b
  left join (select building_id, count(*) n from registry_dwelling where ended_on is null group by 1) d
         on d.building_id = b.id
  left join (select w.building_id, count(*) n from registry_household x join registry_dwelling w on w.id = x.dwelling_id
              where x.ended_on is null group by 1) h on h.building_id = b.id
  left join (select w.building_id, count(*) n, count(*) filter (where {stale}) stale from registry_person x
               join registry_dwelling w on w.id = x.dwelling_id where x.status in {living} group by 1) p
         on p.building_id = b.id
 where b.pulled_down_on is null
on conflict (building_id) do update set dwellings = excluded.dwellings, households = excluded.households,
       persons = excluded.persons, stale = excluded.stale, at = excluded.at
"""


def publish(*, at: dt.datetime | None = None) -> bool:
    """Make the statistics of this hour, unless they are made; one process at a time."""
    now = at or clock.now()
    with scope.unrestricted(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('wangge registry publish'))")
        held = Publication.objects.filter(id=1).values_list("at", flat=True).first()
        if held is not None and held >= statistics.hour_of(now):
            return False
        made = statistics.made(now)
        Publication.objects.update_or_create(id=1, defaults={"at": made.at, "data": statistics.packed(made)})
    return True


def tally(*, at: dt.datetime | None = None) -> int:
    """Count the people of each building; how many buildings there are."""
    now = at or clock.now()
    stale, values = staleness("person", today=timezone.localdate(now)).sql("person", "x")
    with scope.unrestricted(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('wangge registry tally'))")
        cursor.execute(_TALLY.format(stale=stale, living=LIVING), [now, *values])
        counted: int = cursor.rowcount
    return counted
