"""Files of exports on the disk: sealed, under a name nobody can guess, away from what the web server gives out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from uuid import UUID

from wangge.kit import crypto, files
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.registry.models import Export

FOLDER = "exports"


def keep(data: bytes, *, export_id: UUID) -> str:
    """Whole on the disk and synced before its row says so; the path below the data folder."""
    relative = f"{FOLDER}/{secrets.token_urlsafe(24)}.sealed"
    return files.keep(relative, crypto.encrypt_bytes(data, context=_context(export_id)))


def read(relative: str, *, export_id: UUID) -> bytes:
    try:
        sealed = files.absolute(relative).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("文件已不存在，请重新申请", "The file is gone; ask again") from error
    return crypto.decrypt_bytes(sealed, context=_context(export_id))


def prune(known: set[str], *, before: float) -> int:
    """Delete files older than `before` (seconds of the epoch) that no row knows; how many."""
    gone = 0
    for path in files.absolute(FOLDER).glob("*"):
        if f"{FOLDER}/{path.name}" not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def reseal() -> int:
    """Seal the files that can still be fetched under the key of today; how many were under another."""
    done = 0
    for export_id, relative in _kept():
        sealed = files.absolute(relative).read_bytes()
        if crypto.sealed_under(sealed) in crypto.key_ids()[1:]:
            context = _context(export_id)
            files.keep(relative, crypto.encrypt_bytes(crypto.decrypt_bytes(sealed, context=context), context=context))
            done += 1
    return done


def keys() -> Iterator[bytes]:
    """The id of the key of each file that can still be fetched."""
    for _, relative in _kept():
        with files.absolute(relative).open("rb") as stored:
            if first := stored.read(1):
                yield crypto.sealed_under(first)


def _kept() -> list[tuple[UUID, str]]:
    with scope.acting(scope.system_actor("换钥")):
        kept = list(Export.objects.exclude(path="").values_list("pk", "path"))
    return [(export_id, relative) for export_id, relative in kept if files.absolute(relative).is_file()]


def _context(export_id: UUID) -> str:
    return f"export:{export_id}"
