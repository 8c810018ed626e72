"""Planted people whose numbers cannot come from anywhere else, and the search for any trace of them.

For whoever drives the site by other means (a browser, the command line): plant, act, then `traces` over everything that
was written meanwhile. `pattern` is what to look for, also in hexadecimal, as a dump writes bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import psycopg

from tests.factories import District
from tests.registry_rows import Home, id_number, make_home, make_person
from wangge.registry import sealing
from wangge.registry.models import Person

MARK = "鸖"  # in every planted name, and in nobody else's
_AREA, _PHONE = "379998", "1990000"  # no place has the area code, no operator the numbers
COUNT = 1000


def facts_of(number: int) -> sealing.PersonFacts:
    return sealing.PersonFacts(
        name=f"{MARK}{chr(0x4E00 + number)}",
        id_kind="resident_id",
        id_number=id_number(number % 1000, area=_AREA),
        phones=(f"{_PHONE}{number:04}",),
        registered_address=f"{MARK}家庄{number}号",
        workplace=f"{MARK}记商行",
    )


def plant(district: District, *, count: int = COUNT) -> tuple[Home, list[Person]]:
    """In grid 1, in one home; the actor of the moment must see everything."""
    home = make_home(district, "grid1")
    return home, [make_person(home.household, facts_of(number), role="other") for number in range(count)]


def _pattern() -> re.Pattern[bytes]:
    """Masked, as 鸖*, a name may be shown to whoever may see the person."""
    plain = [
        rb"%s\d{11}[\dX]" % _AREA.encode(),
        rb"%s\d{4}" % _PHONE.encode(),
        MARK.encode() + rb"(?!\*)",
        re.escape(
            f"{MARK}家庄".encode("utf-16-le")
        ),  # one character alone is two bytes, which sealed files hold by chance
        re.escape(_PHONE.encode("utf-16-le")),
    ]
    escaped = MARK.encode("unicode_escape")
    in_hex = [text.hex().encode() for text in (_AREA.encode(), _PHONE.encode(), MARK.encode())]
    quoted = b"".join(b"%%%02X" % byte for byte in MARK.encode())
    return re.compile(b"|".join([*plain, re.escape(escaped), *in_hex, quoted]), re.IGNORECASE)


pattern = _pattern()


def traces(data: bytes) -> list[str]:
    """What of the planted people stands in the data, with what stands around it."""
    return [
        data[max(0, hit.start() - 60) : hit.end() + 30].decode("utf-8", "replace") for hit in pattern.finditer(data)
    ][:5]


def traces_in_files(folders: Iterable[Path]) -> list[str]:
    """Also of files that hold something packed, which no search would see."""
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                packed = data[:4] in {b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x08"}
                found += [f"{path}: {one}" for one in (["is a packed file"] if packed else traces(data))]
    return found


def traces_in_dump(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Every table as pg_dump writes it, by somebody above every rule who has no key."""
    found = []
    tables = connection.execute("select tablename from pg_tables where schemaname = current_schema()").fetchall()
    for (table,) in tables:
        with connection.cursor().copy(f'copy "{table}" to stdout') as copy:  # type: ignore[call-overload]
            found += [f"{table}: {one}" for one in traces(b"".join(bytes(part) for part in copy))]
    return found
