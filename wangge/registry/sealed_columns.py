"""What of the registry is sealed, and how its look-up keys are made; declared when the app is ready."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from wangge.areas.models import Level
from wangge.kit import crypto
from wangge.kit.sealed import Row, SealedColumn
from wangge.kit.tree import AREAS
from wangge.registry import sealing

_KEYS = ("id_key", "phone_key", "tail_key", "name_key", "initials_key", "birth_key")


def _person(row: Row) -> Mapping[str, Any]:
    facts = sealing.open_(SimpleNamespace(**{"id_kind": "", "no_id_reason": "", **row}))
    sealed = sealing.seal(row["id"], facts, AREAS.ancestor(row["area_pos"], Level.COMMUNITY))
    return {name: getattr(sealed, name) for name in _KEYS}


def _phone(row: Row) -> Mapping[str, Any]:
    number = crypto.decrypt(row["sealed"], context=f"phone:{row['id']}")
    return dict(zip(("phone_key", "tail_key"), sealing.keys_of_phone(number), strict=True))


def _organisation(row: Row) -> Mapping[str, Any]:
    held = json.loads(crypto.decrypt(row["sealed"], context=f"organisation:{row['id']}"))
    return {"phone_key": crypto.index64("phone", held["phone"]) if held.get("phone") else None}


COLUMNS = (
    SealedColumn(
        "registry_person",
        "sealed",
        "person:{id}",
        needs={"area_pos": "bigint"},
        indexes=dict.fromkeys(_KEYS, "bigint"),
        make_indexes=_person,
    ),
    SealedColumn(
        "registry_organisation",
        "sealed",
        "organisation:{id}",
        indexes={"phone_key": "bigint"},
        make_indexes=_organisation,
    ),
    SealedColumn(
        "registry_furtherphone",
        "sealed",
        "phone:{id}",
        indexes={"phone_key": "bigint", "tail_key": "bigint"},
        make_indexes=_phone,
    ),
    SealedColumn("registry_correction", "sealed", "correction:{id}"),
    SealedColumn("registry_estateservice", "sealed", "estate_service:{id}"),
    SealedColumn("registry_tag", "detail", "tag:{id}"),
    SealedColumn("registry_importrow", "sealed", "import_row:{id}"),
)
