"""Writing versions: one writer at a time, nothing overwritten, every process told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from wangge.areas import selectors
from wangge.areas.models import AreaVersion, Revision
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS

_CHUNK = 5000
_COPIED = [f.attname for f in AreaVersion._meta.concrete_fields if f.name not in {"id", "superseded_at"}]


@contextmanager
def writing() -> Iterator[None]:
    """One transaction that alone writes areas until it ends, and changes the token others watch."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('wangge areas'))")
        yield
        token = uuid.uuid4()
        Revision.objects.bulk_create(
            [Revision(id=1, token=token)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["token"],
        )
        selectors.revision.announce(token)


@dataclass
class Batch:
    """Rows to insert and rows to supersede, all recorded at one moment."""

    at: dt.datetime
    source: str

    def __post_init__(self) -> None:
        self.inserts: list[AreaVersion] = []
        self.superseded: list[UUID] = []

    def begin(self, version: AreaVersion) -> AreaVersion:
        """A version of an area that has none on these days."""
        version.recorded_at, version.source = self.at, version.source or self.source
        self.inserts.append(version)
        return version

    def revise(self, old: AreaVersion, *, valid_from: dt.date, **changes: Any) -> AreaVersion:
        """From `valid_from` until the old version's end the area is as `changes` say.

        On the old version's own first day this is a correction: the old row is superseded and nothing is left of
        it. Later, what was before stays true until that day. The caller has checked that it is not earlier.
        """
        assert valid_from >= old.valid_from
        self.superseded.append(old.pk)
        if valid_from > old.valid_from:
            self._copy(old, valid_to=valid_from)
        return self._copy(old, valid_from=valid_from, source=self.source, **changes)

    def end(self, old: AreaVersion, *, day: dt.date) -> None:
        """The area is no more from `day` on."""
        self.superseded.append(old.pk)
        if day > old.valid_from:
            self._copy(old, valid_to=day)

    def restore(self, old: AreaVersion) -> AreaVersion:
        """What had been superseded is held true again, recorded now."""
        return self._copy(old)

    def _copy(self, old: AreaVersion, **changes: Any) -> AreaVersion:
        values = {name: getattr(old, name) for name in _COPIED} | {"recorded_at": self.at} | changes
        made = AreaVersion(id=uuid7(), **values)
        self.inserts.append(made)
        return made

    def write(self) -> None:
        for start in range(0, len(self.superseded), _CHUNK):
            chunk = self.superseded[start : start + _CHUNK]
            AreaVersion.objects.filter(pk__in=chunk).update(superseded_at=self.at)
        AreaVersion.objects.bulk_create(self.inserts, batch_size=_CHUNK)


class Ordinals:
    """Free places below parents. A place once given is never given to another area, past versions included."""

    def __init__(self) -> None:
        self._last: dict[int, dict[int, int]] = {}

    def next(self, parent_pos: int, level: int) -> tuple[int, int]:
        """`(pos, pos_end)` of a new child at `level`; TreeFull when the parent has no room."""
        last = self._last.setdefault(level, {}) or self._read(level)
        ordinal = last.get(parent_pos, 0) + 1
        pos = AREAS.child(parent_pos, level, ordinal)
        last[parent_pos] = ordinal
        return pos, AREAS.end(pos, level)

    def _read(self, level: int) -> dict[int, int]:
        last = self._last[level]
        for pos in AreaVersion.objects.filter(level=level).values_list("pos", flat=True).distinct():
            parent = AREAS.ancestor(pos, level - 1) if level else 0
            ordinal = (pos - parent) >> AREAS.shift(level)
            last[parent] = max(last.get(parent, 0), ordinal)
        return last


def move_subtree(
    batch: Batch, *, versions: Collection[AreaVersion], new_pos: int, valid_from: dt.date, **changes: Any
) -> list[AreaVersion]:
    """Give the top of a subtree (`versions`, top first) a new position and `changes`; the rest follows."""
    top, *below = versions
    offset = new_pos - top.pos
    moved = [batch.revise(top, valid_from=valid_from, pos=new_pos, pos_end=top.pos_end + offset, **changes)]
    for version in below:
        moved.append(
            batch.revise(version, valid_from=valid_from, pos=version.pos + offset, pos_end=version.pos_end + offset)
        )
    return moved


def subtree(area: AreaVersion, day: dt.date) -> list[AreaVersion]:
    """`area` and all below it on `day`, top first, boundaries included."""
    return list(AreaVersion.objects.at(day).within(area).order_by("level", "pos"))


def recorded(versions: Sequence[AreaVersion]) -> dict[str, int]:
    """How many versions of each level, for the log."""
    counts: dict[str, int] = {}
    for version in versions:
        name = version.get_level_display()
        counts[name] = counts.get(name, 0) + 1
    return counts
