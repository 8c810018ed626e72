"""Files that verbs write: whole or not at all, and never in the place of one that is being read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wangge.kit.errors import Invalid, field_error


def refused(at: str, zh: str, en: str) -> Invalid:
    return Invalid("无法进行", "this cannot be done", errors=[field_error(at, zh, en)])


def check(option: str, path: Path, *, read: Sequence[Path | None] = ()) -> None:
    """Before any work: the folder is there, and `path` is none of the files that are read."""
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise refused(option, f"不能写到 {path}：没有这个文件夹，或它本身是文件夹", f"{path} is not a place for a file")
    if any(one is not None and one.exists() and path.exists() and path.samefile(one) for one in read):
        raise refused(option, f"{path} 正是要读的文件，请写到别处", f"{path} is read: write to another file")


@contextmanager
def writing(option: str, path: Path) -> Iterator[Path]:
    """A file beside, which takes the place of `path` when it is whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        yield beside
        if beside.exists():
            beside.replace(path)
    except OSError as error:
        raise refused(option, f"写不了 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
