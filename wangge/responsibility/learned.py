"""The learned model in use, in memory: read beside the work, exchanged without a restart.

`book` says which version is in use, at most seconds after it changed. Its file is read by a thread; until it is read
the version before goes on, and where there is none the keywords speak alone. So does a process that finds the file
missing or damaged: it says so in its log and uses the version before.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from wangge.kit import files, written
from wangge.kit.errors import Conflict
from wangge.responsibility import joining
from wangge.responsibility.models import LearnedModel

if TYPE_CHECKING:
    from wangge.kit import learning
    from wangge.responsibility.book import Book

log = logging.getLogger("wangge.responsibility")

TRIED_AGAIN_AFTER = 60.0
READ = 4000
"""Characters of a text that the model reads."""


class DamagedModel(Conflict):
    code = "damaged_model"
    title_zh = "模型文件缺失或已损坏"
    title_en = "The model's file is missing or damaged"


@dataclass(frozen=True)
class Loaded:
    """A version ready to be asked."""

    id: UUID
    version: int
    model: learning.Model
    labels: tuple[str, ...]
    joining: joining.Joining
    threshold: float


def text_of(title: str, description: str) -> str:
    """As the model reads it: plain, and without numbers that tell who somebody is."""
    return written.redacted(written.plain(f"{title[:READ]}\n{description[:READ]}", READ))


def open_file(row: LearnedModel) -> learning.Model:
    """The model, when the file is the one that was written; DamagedModel otherwise."""
    from wangge.kit import learning

    fault = fault_of(row)
    if fault is not None:
        raise DamagedModel(*fault)
    try:
        return learning.load(files.absolute(row.path))
    except Exception as error:
        raise DamagedModel(
            f"第 {row.version} 版模型文件无法读取：{type(error).__name__}",
            f"the file of version {row.version} cannot be read: {type(error).__name__}",
        ) from error


def fault_of(row: LearnedModel) -> tuple[str, str] | None:
    """What is wrong with the file, in both languages."""
    path = files.absolute(row.path)
    if not row.path or not path.is_file():
        return f"第 {row.version} 版模型文件不存在", f"the file of version {row.version} is missing"
    if path.stat().st_size != row.size or _digest(str(path), path.stat().st_mtime_ns) != row.sha256:
        return f"第 {row.version} 版模型文件已损坏", f"the file of version {row.version} is damaged"
    return None


def _digest(path: str, changed: int) -> str:
    key = (path, changed)
    if key not in _digests:
        if len(_digests) > 64:
            _digests.clear()
        with open(path, "rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]


_digests: dict[tuple[str, int], str] = {}
_lock = threading.Lock()
_loaded: Loaded | None = None
_thread: threading.Thread | None = None
_failed: dict[UUID, float] = {}


def current(held: Book) -> Loaded | None:
    """The version in use, or while it is being read the one before; None where keywords speak alone."""
    wanted = held.learned
    if wanted is None:
        return None
    have = _loaded
    if have is None or have.id != wanted.id:
        _fetch([wanted, *held.learned_before])
    return _loaded


def _fetch(wanted: Sequence[LearnedModel]) -> None:
    global _thread
    tried = _failed.get(wanted[0].id)
    if tried is not None and time.monotonic() - tried < TRIED_AGAIN_AFTER:
        return
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_read, args=(tuple(wanted),), name="learned-model", daemon=True)
            _thread.start()


def _read(wanted: tuple[LearnedModel, ...]) -> None:
    global _loaded
    for row in wanted:
        if _loaded is not None and _loaded.id == row.id:
            return  # the version before goes on
        try:
            model = open_file(row)
            _warm(model)
        except Exception:  # whatever is wrong with a file, the version before goes on
            _failed[row.id] = time.monotonic()
            log.exception("version %s of the model cannot be used", row.version)
            continue
        _failed.pop(row.id, None)
        _loaded = Loaded(
            id=row.id,
            version=row.version,
            model=model,
            labels=tuple(model.labels),
            joining=joining.of(row.joining),
            threshold=row.threshold if row.threshold is not None else 1.01,
        )
        return


def _warm(model: learning.Model) -> None:
    """What is compiled or read on first use is done before anybody waits for it."""
    model.predict(["路灯不亮"])


def wait(seconds: float = 60.0) -> None:
    """Until a version that is being read has been read; for the command line and tests."""
    thread = _thread
    if thread is not None:
        thread.join(seconds)


def forget() -> None:
    """As a process that has read nothing yet."""
    global _loaded
    wait()
    _loaded = None
    _failed.clear()
    _digests.clear()
