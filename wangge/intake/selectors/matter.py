"""What the classifier learns from: closed cases of the district, with the category they ended with."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection

from wangge.casework.services.drafts import REPORTER_NAME
from wangge.kit import clock, crypto
from wangge.responsibility import learned
from wangge.responsibility.models import LearnedModel, ModelState
from wangge.responsibility.reading_rules import MatterFile

# Of history only what came with a category; of our own cases what people have verified. Whoever registered, worked
# and checked has seen the category: that is what makes it an example.
_EXAMPLES = """
select c.id, c.title, c.description, k.code, c.closed_at, c.reporter_name_encrypted,
       coalesce(r.guess, '') as guess,
       exists (select from audit_entry e where e.subject_type = 'case' and e.subject_id = c.id
                and e.action = 'casework:case:register' and e.data ? 'from_category') as corrected
  from casework_case c
  join responsibility_category k on k.id = c.category_id and k.leaf and k.active
  left join intake_reading r on r.case_id = c.id
 where c.state = 'closed' and c.closed_at >= %s and (c.history or not c.on_the_spot or c.sampled)
 order by c.closed_at desc, c.id
 limit %s
"""
_CALLED = re.compile(r"(我叫|本人|联系人|姓名|我是)[:： ]{0,2}[\u3400-\u9fff]{2,3}(?=[,，。;； 、\n(（]|$)")


@dataclass
class Examples:
    """In the order in which they were closed."""

    texts: list[str] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)  # title and description, for the keywords
    labels: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    corrected: list[bool] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    closed: list[dt.datetime] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


def examples(rules: MatterFile) -> Examples:
    """Texts without numbers or names that tell who somebody is. Whose category a person put right weigh more."""
    found = Examples()
    since = clock.now() - dt.timedelta(days=rules.window_days)
    with connection.cursor() as cursor:
        cursor.execute(_EXAMPLES, [since, rules.most_examples])
        rows = cursor.fetchall()
    for _, title, description, code, closed, name, guess, corrected in reversed(rows):
        title, description = (_nameless(part, name) for part in (title, description))
        text = learned.text_of(title, description)
        if not text.strip():
            continue
        wrong = bool(corrected) or (guess not in {"", code})
        found.texts.append(text)
        found.parts.append((title, description))
        found.labels.append(code)
        found.weights.append(rules.correction_weight if wrong else 1.0)
        found.corrected.append(wrong)
        found.guesses.append(guess)
        found.closed.append(closed)
    return found


def _nameless(text: str, sealed: bytes | None) -> str:
    """Without the name of whoever reported, and without names that people introduce themselves by."""
    if sealed is not None:
        name = crypto.decrypt(bytes(sealed), context=REPORTER_NAME).strip()
        if len(name) > 1:
            text = text.replace(name, "〔姓名〕")
    return _CALLED.sub(r"\1〔姓名〕", text)


def new_examples() -> int:
    """How many cases were closed since the newest model learned."""
    newest = LearnedModel.objects.exclude(state=ModelState.FAILED).exclude(learned_until=None)
    row = newest.order_by("-learned_until").first()
    since = row.learned_until if row is not None else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from (select from casework_case where closed_at > %s and state = 'closed'"
            " and category_id is not null limit 1000000) c",
            [since],
        )
        (count,) = cursor.fetchone()
    return int(count)


def versions() -> list[LearnedModel]:
    """The newest first."""
    return list(LearnedModel.objects.order_by("-version")[:50])


def enough(labels: Sequence[str], least: int) -> Iterator[bool]:
    """Whether each label is seen often enough to be learned; the keywords speak for the rest."""
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return (counts[label] >= least for label in labels)
