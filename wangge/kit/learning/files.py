"""A model as one file: a line that names the format, a JSON header with a checksum, plain arrays. Nothing is run
and nothing unpacked when it is read, so a file can be wrong but do no harm."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wangge.kit import strictjson
from wangge.kit.errors import Malformed
from wangge.kit.learning.faults import ModelUnreadable

Array = np.ndarray[Any, Any]

MAGIC = b"wangge text classifier\n"
VERSION = 1
MAX_BYTES = 512 * 1024 * 1024
MAX_HEADER = 16 * 1024 * 1024
TYPES = {"float16", "float32", "float64", "int8", "int32", "int64", "uint8", "uint64"}


def written(about: dict[str, Any], arrays: dict[str, Array]) -> bytes:
    """The same content makes the same bytes."""
    payload, listed = io.BytesIO(), []
    for name, array in arrays.items():
        listed.append({"name": name, "type": array.dtype.name, "shape": list(array.shape)})
        payload.write(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    body = payload.getvalue()
    document = {"version": VERSION, "about": about, "arrays": listed, "sha256": hashlib.sha256(body).hexdigest()}
    header = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + struct.pack("<Q", len(header)) + hashlib.sha256(header).digest() + header + body


def save(path: Path, content: bytes) -> None:
    """All of it or nothing: an earlier model stays where the disk is full."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read(source: Path | bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    if isinstance(source, bytes):
        return _read(io.BytesIO(source), len(source))
    try:
        with source.open("rb") as file:
            return _read(file, source.stat().st_size)
    except OSError as error:
        raise ModelUnreadable(
            f"打不开模型文件 {source}：{error.strerror}", f"cannot open {source}: {error.strerror}"
        ) from error


def _read(file: BinaryIO, size: int) -> tuple[dict[str, Any], dict[str, Array]]:
    if size > MAX_BYTES:
        raise ModelUnreadable("文件超过 512 MB，不是本系统的模型", "larger than 512 MB: not a model of ours")
    if file.read(len(MAGIC)) != MAGIC:
        raise ModelUnreadable("不是本系统的分类模型文件", "not a text classifier of this system")
    head = file.read(40)
    length = struct.unpack("<Q", head[:8])[0] if len(head) == 40 else MAX_HEADER + 1
    header = file.read(length) if length <= MAX_HEADER else b""
    if hashlib.sha256(header).digest() != head[8:]:
        raise damaged()
    try:
        document = strictjson.parse(header)
    except Malformed as error:
        raise damaged() from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ModelUnreadable(
            "模型由其他版本训练，请用本版本重新训练", "learned by another version: learn it again with this one"
        )
    body = file.read(size)
    if hashlib.sha256(body).hexdigest() != document.get("sha256"):
        raise damaged()
    try:
        return dict(document["about"]), _arrays(document["arrays"], body)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged() from error


def _arrays(listed: list[dict[str, Any]], body: bytes) -> dict[str, Array]:
    found, at = {}, 0
    for one in listed:
        if one["type"] not in TYPES:
            raise ValueError(one["type"])
        kind = np.dtype(one["type"]).newbyteorder("<")
        shape = tuple(int(n) for n in one["shape"])
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if min(shape, default=0) < 0 or at + count * kind.itemsize > len(body):
            raise ValueError(one["name"])
        found[str(one["name"])] = np.frombuffer(body, kind, count, at).reshape(shape).astype(kind.newbyteorder("="))
        at += count * kind.itemsize
    if at != len(body):
        raise ValueError(at)
    return found


def damaged() -> ModelUnreadable:
    return ModelUnreadable("模型文件已损坏或不完整", "the model file is damaged or cut off")
