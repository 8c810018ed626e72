"""What identifies a resident, sealed into one envelope, and the blind indexes by which it is found again.

The envelope is bound to its row (`person:<id>`): copied to another person it does not open. An index key is 64 bits,
so a hit is a candidate: open it and compare, as `selectors.people` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from wangge.kit import crypto, pinyin
from wangge.kit.ids import uuid7
from wangge.kit.text import fold

_TAIL = 4
_CHINESE = re.compile("[\u3400-\u9fff]+")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# One letter each inside the envelope: half of its bytes would otherwise be names of fields, a million times over.
_TEXTS = (
    ("name", "n"), ("id_number", "i"), ("registered_address", "r"), ("ethnicity", "e"), ("workplace", "w"),
    ("note", "o"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Normalised: the number as kit.identity gives it, phones as kit.phones does, the one mainly used first."""

    name: str
    id_kind: str
    id_number: str = ""
    birth: date | None = None
    phones: tuple[str, ...] = ()
    registered_address: str = ""
    ethnicity: str = ""
    workplace: str = ""
    note: str = ""
    no_id_reason: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The columns of a person's row that come out of the facts."""

    sealed: bytes = field(repr=False)
    id_key: int | None
    phone_key: int | None
    tail_key: int | None
    name_key: int
    initials_key: int
    birth_key: int | None


class FurtherPhone(NamedTuple):
    """A phone beside the first: the columns of its row."""

    id: UUID
    sealed: bytes
    phone_key: int
    tail_key: int


class SealedRow(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def sealed(self) -> bytes | memoryview: ...
    @property
    def id_kind(self) -> str: ...
    @property
    def no_id_reason(self) -> str: ...


def seal(person_id: UUID, facts: PersonFacts, community_pos: int) -> Sealed:
    """The envelope and the keys; `community_pos` is where the name can be looked up."""
    index, name, phone = crypto.index64, folded(facts.name), facts.phones[0] if facts.phones else ""
    return Sealed(
        sealed=crypto.encrypt(_encode(_packed(facts)), context=_context(person_id)),
        id_key=index("id", facts.id_number) if facts.id_number else None,
        phone_key=index("phone", phone) if phone else None,
        tail_key=index("tail", phone[-_TAIL:]) if phone else None,
        name_key=index("name", f"{community_pos}|{name}"),
        initials_key=index("initials", f"{community_pos}|{pinyin.of_name(name or '·').initials}"),
        birth_key=index("birth", f"{name}|{facts.birth.isoformat()}") if facts.birth else None,
    )


def further_phones(phones: Sequence[str], ids: Callable[[], UUID] = uuid7) -> Iterator[FurtherPhone]:
    """All but the first, each sealed for itself."""
    for phone in phones[1:]:
        pk = ids()
        yield FurtherPhone(pk, crypto.encrypt(phone, context=f"phone:{pk}"), *keys_of_phone(phone))


def keys_of_phone(phone: str) -> tuple[int, int]:
    """Of the whole and of its last four digits, under the index key of today."""
    return crypto.index64("phone", phone), crypto.index64("tail", phone[-_TAIL:])


def reseal(person_id: UUID, sealed: bytes | memoryview) -> bytes:
    """The same envelope under the key that seals now."""
    context = _context(person_id)
    return crypto.encrypt(crypto.decrypt(sealed, context=context), context=context)


def open_(person: SealedRow) -> PersonFacts:
    """CannotDecrypt when the key is missing or the row was tampered with."""
    held = json.loads(crypto.decrypt(person.sealed, context=_context(person.id)))
    texts = {name: held.get(short, "") for name, short in _TEXTS}
    return PersonFacts(
        id_kind=person.id_kind,
        no_id_reason=person.no_id_reason,
        birth=date.fromisoformat(held["b"]) if "b" in held else None,
        phones=tuple(held.get("p", ())),
        **texts,
    )


def seal_text(text: str, *, context: str) -> bytes | None:
    """A word of detail beside a tag or the like; nothing to say, nothing kept."""
    return crypto.encrypt(text, context=context) if text else None


def id_keys(number: str) -> list[int]:
    """Under the index key of today and those before it; so all that follow."""
    return crypto.index64s("id", number)


def phone_keys(phone: str) -> list[int]:
    return crypto.index64s("phone", phone)


def tail_keys(tail: str) -> list[int]:
    return crypto.index64s("tail", tail)


def name_keys(community_positions: Iterable[int], name: str) -> list[int]:
    written = folded(name)
    return [key for pos in community_positions for key in crypto.index64s("name", f"{pos}|{written}")]


def initials_keys(community_positions: Iterable[int], initials: str) -> list[int]:
    written = initials.lower()
    return [key for pos in community_positions for key in crypto.index64s("initials", f"{pos}|{written}")]


def birth_keys(name: str, birth: date) -> list[int]:
    return crypto.index64s("birth", f"{folded(name)}|{birth.isoformat()}")


def folded(name: str) -> str:
    """As names are compared: 阿卜杜拉·买买提 and 阿卜杜拉买买提 are one, hidden characters count for nothing."""
    return name if _CHINESE.fullmatch(name) else fold(name)


def _context(person_id: UUID) -> str:
    return f"person:{person_id}"


def _packed(facts: PersonFacts) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name, short in _TEXTS:
        if value := getattr(facts, name):
            held[short] = value
    if facts.birth:
        held["b"] = facts.birth.isoformat()
    if facts.phones:
        held["p"] = facts.phones
    return held
