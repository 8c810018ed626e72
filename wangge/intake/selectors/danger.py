"""How alarms of danger have turned out, by sign and by word; and what the words missed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.utils import timezone

from wangge.responsibility import book

# Rows are seen by row-level security: everybody counts what lies in their own sight.
_ALARMS = """
select sign, words, missed, "right" from intake_dangeralarm
 where at >= %(first)s and at < %(end)s order by at desc, case_id limit %(most)s
"""
# Danger by a person's hand that no words told of: given on submitting, or raised at registering.
_MISSED = """
select c.id, c.number, c.title, c.submitted_at from casework_case c
  left join responsibility_category k on k.id = c.category_id
  left join intake_dangeralarm a on a.case_id = c.id
 where c.urgency = 'danger' and c.submitted_at >= %(first)s and c.submitted_at < %(end)s
   and not c.history and not c.on_the_spot and (a.case_id is null or (a.missed and a."right"))
   and (a.case_id is not null or coalesce(k.urgency, '') <> 'danger')
   and exists (select from intake_reading r where r.case_id = c.id and r.urgency is null)
 order by c.submitted_at desc, c.id limit %(most)s
"""
_MOST = 20_000
_SHOWN = 50


def counts(*, first: dt.date, last: dt.date) -> dict[str, Any]:
    """Both days count."""
    zone = timezone.get_default_timezone()
    asked: dict[str, dt.datetime | int] = {
        "first": dt.datetime.combine(first, dt.time(), tzinfo=zone),
        "end": dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=zone),
        "most": _MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALARMS, asked)
        alarms = [row for row in cursor.fetchall() if not row[2]]
        cursor.execute(_MISSED, asked)
        missed = cursor.fetchall()
    names = book.current().reading.danger.file.signs
    signs: dict[str, list[bool | None]] = {}
    words: dict[str, list[bool | None]] = {}
    for sign, said, _, right in alarms:
        signs.setdefault(sign, []).append(right)
        for word in _list(said):
            words.setdefault(word, []).append(right)
    return {
        "first": first,
        "last": last,
        **_tally([right for *_, right in alarms]),
        "missed": len(missed),
        "by_sign": [
            {"sign": sign, "zh": names[sign].zh if sign in names else sign,
             "en": names[sign].en if sign in names else sign, **_tally(said)}
            for sign, said in sorted(signs.items(), key=lambda one: (-len(one[1]), one[0]))
        ],
        "by_word": [
            {"word": word, **_tally(said)}
            for word, said in sorted(words.items(), key=lambda one: (-len(one[1]), one[0]))[:_SHOWN]
        ],
        "missed_cases": [
            {"id": id_, "number": number, "title": title, "submitted_at": at}
            for id_, number, title, at in missed[:_SHOWN]
        ],
    }  # fmt: skip


def _list(said: Any) -> list[str]:
    return [str(one) for one in (json.loads(said) if isinstance(said, str) else said)]


def _tally(said: list[bool | None]) -> dict[str, int]:
    return {"alarms": len(said), "right": said.count(True), "wrong": said.count(False)}
