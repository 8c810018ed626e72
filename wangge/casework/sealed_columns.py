"""What of a case is sealed, for the rotation of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wangge.casework.services.drafts import REPORTER_NAME, REPORTER_PHONE
from wangge.kit import crypto
from wangge.kit.sealed import Row, SealedColumn


def _phone_index(row: Row) -> Mapping[str, Any]:
    phone = crypto.decrypt(row["reporter_phone_encrypted"], context=REPORTER_PHONE)
    return {"reporter_phone_index": crypto.blind_index(phone)}


COLUMNS = (
    SealedColumn("casework_case", "reporter_name_encrypted", REPORTER_NAME),
    SealedColumn(
        "casework_case",
        "reporter_phone_encrypted",
        REPORTER_PHONE,
        indexes={"reporter_phone_index": "bytea"},
        make_indexes=_phone_index,
    ),
)
