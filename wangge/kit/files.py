"""Files below the data folder: whole on the disk, synced and renamed before any row says that they are there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from wangge.kit.errors import NotFound


def keep(relative: str, data: bytes, *, mode: int = 0o600) -> str:
    """The whole file or none; gives `relative` back."""
    with whole(absolute(relative), mode=mode) as out:
        out.write(data)
    return relative


@contextlib.contextmanager
def whole(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """To be written beside, then synced and renamed: what is kept is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(beside, "wb", opener=_private) as out:
            yield out
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(relative: str) -> bytes:
    try:
        return absolute(relative).read_bytes()
    except FileNotFoundError as error:
        raise NotFound("文件缺失，请联系管理员", "The file is missing; please tell the administrator") from error


def remove(relative: str) -> None:
    """Gone afterwards, whether or not it was there."""
    if relative:
        absolute(relative).unlink(missing_ok=True)


def absolute(relative: str) -> Path:
    return Path(settings.WANGGE.data_dir) / relative


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
