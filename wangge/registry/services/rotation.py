"""Changing keys while everything runs: sealed values under a new key, blind indexes under a new index key.

A batch is read, made anew and written where nobody changed the row meanwhile; rows that somebody holds are taken one
by one afterwards. Readers find and open throughout, because the ring holds the old keys too. Killed at any point, the
next run goes on behind the last whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from wangge.audit import services as audit
from wangge.kit import clock, crypto
from wangge.kit.errors import Problem
from wangge.kit.sealed import Row, SealedColumn, declared
from wangge.org import scope
from wangge.registry.models import Maintenance
from wangge.registry.services import export_files, imports

BATCH = 1000
RESEAL, REINDEX = "reseal", "reindex"
_FIRST = UUID(int=0)
_FAILED_KEPT = 50
_READING = ("enable_seqscan", "enable_sort", "enable_gathermerge")
_WRITING = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")

Say = Callable[[int, int], None]
"""Told after each batch: how many rows are done, of how many."""


class LostKey(Problem):
    code = "lost_key"
    status = 500
    title_zh = "有数据的密钥不在手边"
    title_en = "The key of some data is not at hand"


@dataclass
class KeyUse:
    """Under which key how many values are sealed; `key_id` as `wangge key list` shows it."""

    key_id: str
    at_hand: bool
    current: bool
    rows: int = 0
    tables: dict[str, int] = field(default_factory=dict)


def quiet(_done: int, _total: int) -> None:
    pass


def reseal(*, batch: int = BATCH, say: Say = quiet) -> Maintenance:
    """Seal everything under an older key at hand anew under the current one."""
    target = crypto.key_ids()[0].hex()
    job = _open_job(RESEAL, target, declared(), crypto.key_ids()[1:])
    _work(job, declared(), batch, say)
    export_files.reseal()
    imports.reseal()
    return job


def reindex(*, batch: int = BATCH, say: Say = quiet) -> Maintenance:
    """Make all blind indexes anew under the current index key; rows that have them already are left alone."""
    indexed = [column for column in declared() if column.indexes]
    job = _open_job(REINDEX, crypto.index_ids()[0], indexed, crypto.key_ids())
    _work(job, indexed, batch, say)
    return job


def reindexed() -> bool:
    """Whether all indexes are known to be under the current key: a run for it has ended, or there never was another."""
    if len(crypto.index_ids()) == 1:
        return True
    done = Maintenance.objects.filter(kind=REINDEX, finished_at__isnull=False)
    return done.filter(detail__target=crypto.index_ids()[0]).exists()


def key_uses() -> list[KeyUse]:
    """How many values each key holds, those whose key is missing among them; the current key first."""
    known = [key_id.hex() for key_id in crypto.key_ids()]
    uses = {key_id: KeyUse(key_id, at_hand=True, current=key_id == known[0]) for key_id in known}
    for column in declared():
        for key_id, rows in _rows_by_key(column):
            use = uses.setdefault(key_id, KeyUse(key_id, at_hand=False, current=False))
            use.rows += rows
            use.tables[f"{column.table}.{column.column}"] = rows
    for name, key_id in _files():
        use = uses.setdefault(key_id, KeyUse(key_id, at_hand=False, current=False))
        use.rows += 1
        use.tables[name] = use.tables.get(name, 0) + 1
    return list(uses.values())


def _files() -> Iterator[tuple[str, str]]:
    """Sealed files and their keys: a key is not free while a sheet or an export needs it."""
    for name, keys in (("imports (files)", imports.keys()), ("exports (files)", export_files.keys())):
        yield from ((name, key_id.hex()) for key_id in keys)


def key_uses_of_all() -> list[KeyUse]:
    """`key_uses` for an administrator, who sees numbers and no rows."""
    with scope.unrestricted():
        return key_uses()


def refuse_lost_keys() -> None:
    """LostKey naming each missing key and how much needs it."""
    lost = [use for use in key_uses_of_all() if not use.at_hand]
    if lost:
        zh = "；".join(f"编号 {use.key_id}：{use.rows} 条（{_tables(use)}）" for use in lost)
        en = "; ".join(f"id {use.key_id}: {use.rows} values ({_tables(use)})" for use in lost)
        raise LostKey(
            f"缺少密钥，以下数据无法打开：{zh}。请从保管处取回该密钥，加入 WANGGE_FIELD_KEYS_OLD 后重启",
            f"keys are missing and these values cannot be opened: {en}. Bring the key back from the safe place into "
            "WANGGE_FIELD_KEYS_OLD and restart",
            keys={use.key_id: use.rows for use in lost},
        )


def _tables(use: KeyUse) -> str:
    return ", ".join(f"{table} {rows}" for table, rows in use.tables.items())


def _rows_by_key(column: SealedColumn) -> list[tuple[str, int]]:
    name = column.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"select get_byte({name}, 0), count(*) from {column.table}"  # noqa: S608 - declared by the apps
            f" where octet_length({name}) > 0 group by 1"
        )
        return [(bytes([key_id]).hex(), rows) for key_id, rows in cursor.fetchall()]


def _count(column: SealedColumn, keys: Sequence[bytes]) -> int:
    wanted = {key.hex() for key in keys}
    return sum(rows for key_id, rows in _rows_by_key(column) if key_id in wanted)


def _open_job(kind: str, target: str, columns: Sequence[SealedColumn], keys: Sequence[bytes]) -> Maintenance:
    """The unfinished run for this key, to go on with; else a new one, over what these keys hold."""
    with scope.acting(scope.system_actor("换钥")) as actor:
        job = Maintenance.objects.filter(kind=kind, detail__target=target, finished_at__isnull=True).first()
        if job is not None:
            return job
        total = sum(_count(column, keys) for column in columns)
        job = Maintenance.objects.create(
            kind=kind,
            detail={"target": target, "total": total, "column": 0, "failed": 0, "failed_ids": []},
            started_at=clock.now(),
        )
        _log(job, "begin", actor)
    return job


def _log(job: Maintenance, verb: str, actor: scope.Actor) -> None:
    said = {name: job.detail[name] for name in ("target", "total", "failed")} | {"done": job.done}
    audit.record(
        subject_type="maintenance",
        subject_id=job.pk,
        action=f"registry:{job.kind}:{verb}",
        actor=actor,
        data=said,
        at=clock.now(),
    )


def _work(job: Maintenance, columns: Sequence[SealedColumn], batch: int, say: Say) -> None:
    while job.finished_at is None:
        _step(job, columns, batch)
        say(job.done, max(job.detail["total"], job.done))


def _step(job: Maintenance, columns: Sequence[SealedColumn], batch: int) -> None:
    """One batch; the progress is kept last, so that a batch cut short is done again."""
    position = job.detail["column"]
    if position >= len(columns):
        _finish(job)
        return
    column = columns[position]
    with scope.acting(scope.system_actor("换钥")):
        rows = _read(column, job, batch)
        made = list(_made(column, rows, job))
        written = _write(column, made)
        job.done += len(written)
        job.save(update_fields=["done"])
    for row, _ in made:
        if row["id"] not in written:
            _one(column, row["id"], job)
    if len(rows) < batch:
        job.detail["column"], job.last_id = position + 1, None
    else:
        job.last_id = rows[-1]["id"]
    with scope.acting(scope.system_actor("换钥")):
        job.save(update_fields=["detail", "last_id", "done"])


def _finish(job: Maintenance) -> None:
    with scope.acting(scope.system_actor("换钥")) as actor:
        job.finished_at = clock.now()
        job.save(update_fields=["finished_at"])
        _log(job, "end", actor)


def _names(column: SealedColumn) -> list[str]:
    return ["id", column.column, *column.needs, *column.indexes]


def _read(column: SealedColumn, job: Maintenance, batch: int, only: UUID | None = None) -> list[dict[str, Any]]:
    """Rows of the column that the job is about; with `only` that row, locked."""
    keys = crypto.key_ids()[1:] if job.kind == RESEAL else crypto.key_ids()
    if not keys:
        return []
    at = "id = %s" if only else "id > %s"
    with connection.cursor() as cursor, _without(cursor, _READING):
        cursor.execute(
            f"select {', '.join(_names(column))} from {column.table}"  # noqa: S608 - declared by the apps
            f" where {at} and octet_length({column.column}) > 0 and get_byte({column.column}, 0) = any(%s)"
            f" order by id limit %s {'for update' if only else ''}",
            [only or job.last_id or _FIRST, [key[0] for key in keys], batch],
        )
        return [dict(zip(_names(column), row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def _without(cursor: CursorWrapper, ways: Sequence[str]) -> Iterator[None]:
    """A batch is a thousand rows by their ids. The planner, who cannot know under which key a value is sealed, would
    read a million for each.
    """
    cursor.execute("; ".join(f"set local {one} = off" for one in ways))
    yield
    cursor.execute("; ".join(f"set local {one} = on" for one in ways))


Made = tuple[Row, Mapping[str, Any]]
"""What was read, and what is to stand there."""


def _made(column: SealedColumn, rows: Sequence[Row], job: Maintenance) -> Iterator[Made]:
    for row in rows:
        try:
            new = _indexes(column, row, job)
            stale = any(row[name] != value for name, value in new.items())
            if job.kind == RESEAL or stale:
                yield row, new | {column.column: column.reseal(row)}
        except crypto.CannotDecrypt:
            # The run goes on: the others must not wait for a row that no key opens any more.
            job.detail["failed"] += 1
            job.detail["failed_ids"] = [*job.detail["failed_ids"], str(row["id"])][:_FAILED_KEPT]


def _indexes(column: SealedColumn, row: Row, job: Maintenance) -> dict[str, Any]:
    """As they are to stand; where there is one index key only, sealing anew leaves them as they are."""
    if column.make_indexes is None:
        return {}
    if job.kind == RESEAL and len(crypto.index_ids()) == 1:
        return {name: row[name] for name in column.indexes}
    return dict(column.make_indexes(row))


def _write(column: SealedColumn, made: Sequence[Made], *, wait: bool = False) -> set[UUID]:
    """Write what nobody has changed or holds; the ids of what was written."""
    if not made:
        return set()
    compared = {column.column: "bytea", **column.needs}
    written = {column.column: "bytea", **column.indexes}
    types = ["uuid", *compared.values(), *written.values()]
    olds, news = [f"old_{i}" for i in range(len(compared))], [f"new_{i}" for i in range(len(written))]
    same = " and ".join(f"t.{name} is not distinct from v.{old}" for name, old in zip(compared, olds, strict=True))
    arrays = [
        [row["id"] for row, _ in made],
        *([row[name] for row, _ in made] for name in compared),
        *([new[name] for _, new in made] for name in written),
    ]
    # Rows are locked without waiting, so that no writer who holds one and wants another is ever stopped by this.
    statement = f"""
        with v as (select * from unnest({", ".join(f"%s::{one}[]" for one in types)})
                   as v(id, {", ".join([*olds, *news])})),
        free as (select v.* from {column.table} t join v on v.id = t.id where {same}
                  order by t.id for update of t {"" if wait else "skip locked"})
        update {column.table} t set {", ".join(f"{n} = free.{new}" for n, new in zip(written, news, strict=True))}
          from free where t.id = free.id returning t.id
    """  # noqa: S608 - declared by the apps
    with connection.cursor() as cursor, _without(cursor, _WRITING):
        cursor.execute(statement, arrays)
        return {row[0] for row in cursor.fetchall()}


def _one(column: SealedColumn, row_id: UUID, job: Maintenance) -> None:
    """A row that was held or changed: read again under its lock. It holds no other lock while it waits."""
    with scope.acting(scope.system_actor("换钥")):
        job.done += len(_write(column, list(_made(column, _read(column, job, 1, row_id), job)), wait=True))
