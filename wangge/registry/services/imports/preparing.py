"""Rows checked and sealed, a lot at a time, in this process or in a pool of two.

Sealing holds the interpreter, so a long file is prepared by processes of their own while this one writes. They have
no connection to the database: what rows are checked against travels to them once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import UUID

from wangge.kit import crypto, memory, pinyin, pool
from wangge.kit.ids import uuid7
from wangge.registry import sealing
from wangge.registry.sealing import Sealed
from wangge.registry.services.imports.checking import Errors, Resident, Sheet, resident
from wangge.registry.services.imports.files import Row
from wangge.registry.services.imports.places import References

PROCESSES = 2
AHEAD = 2  # lots under way beside the one being written, for each process


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row ready to be compared with what is known, sealed under the id it gets if it is new.

    `id_keys`, `birth_keys` and `initials_keys` are what to look for, under older index keys too.
    """

    number: int
    errors: Errors
    id: UUID | None = None
    given: Resident | None = field(default=None, repr=False)
    sealed: Sealed | None = None
    id_keys: tuple[int, ...] = ()
    birth_keys: tuple[int, ...] = ()
    initials_keys: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """All that preparing rows of one sheet needs."""

    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    references: References


BROKEN: Errors = [
    {
        "at": "",
        "zh": "这一行读不出来：引号没有成对，或单元格比表头多",
        "en": "unreadable: a quotation mark is not closed, or there are more cells than headings",
    }
]


def prepare(rows: Sequence[Row], recipe: Recipe) -> list[Prepared]:
    sheet = Sheet("residents", recipe.columns, recipe.mapping)
    rotating = len(crypto.index_ids()) > 1
    return [_one(number, cells, sheet, recipe.references, rotating=rotating) for number, cells in rows]


def _one(number: int, cells: list[str] | None, sheet: Sheet, references: References, *, rotating: bool) -> Prepared:
    if cells is None:
        return Prepared(number, BROKEN)
    given, errors = resident(sheet, cells, references)
    if given is None:
        return Prepared(number, errors)
    pk = uuid7()
    sealed = sealing.seal(pk, given.facts, given.where.community)
    keys = _all_keys(given) if rotating else _keys(sealed)
    return Prepared(number, [], pk, given, sealed, *keys)


Keys = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _keys(sealed: Sealed) -> Keys:
    return (
        (sealed.id_key,) if sealed.id_key is not None else (),
        (sealed.birth_key,) if sealed.birth_key is not None else (),
        (sealed.initials_key,),
    )


def _all_keys(given: Resident) -> Keys:
    facts = given.facts
    initials = pinyin.of_name(sealing.folded(facts.name) or "·").initials
    return (
        tuple(sealing.id_keys(facts.id_number)) if facts.id_number else (),
        tuple(sealing.birth_keys(facts.name, facts.birth)) if facts.birth else (),
        tuple(sealing.initials_keys([given.where.community], initials)),
    )


def prepared_lots(
    lots: Iterable[list[Row]], recipe: Recipe, *, parallel: bool
) -> Iterator[tuple[list[Row], list[Prepared]]]:
    """In the order of the file; never more than a few lots are held."""
    if not parallel:
        yield from ((rows, prepare(rows, recipe)) for rows in lots)
        return
    processes = pool.started(PROCESSES, _begin, recipe)
    try:
        waiting: deque[tuple[list[Row], Future[list[Prepared]]]] = deque()
        for rows in lots:
            waiting.append((rows, processes.submit(_work, rows)))
            if len(waiting) > PROCESSES * AHEAD:
                first, ready = waiting.popleft()
                yield first, ready.result()
        while waiting:
            first, ready = waiting.popleft()
            yield first, ready.result()
    finally:
        processes.shutdown(wait=True, cancel_futures=True)


_recipe: list[Recipe] = []


def _begin(recipe: Recipe) -> None:
    _recipe[:] = [recipe]


def _work(rows: list[Row]) -> list[Prepared]:
    with memory.uncollected():
        return prepare(rows, _recipe[0])
