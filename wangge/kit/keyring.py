"""The keys at hand: one seals, older ones still open; one makes blind indexes, older ones still find.

A field key is 32 bytes: the SM4 key, then an index key that counts where no separate one is given.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import algorithms

from wangge.kit.errors import Problem

_HEX = frozenset("0123456789abcdefABCDEF")
_FIELD, _INDEX = 32, 16


class BadKeys(Problem):
    code = "bad_keys"
    status = 500
    title_zh = "密钥配置有误"
    title_en = "The keys are set wrongly"


@dataclass(frozen=True)
class Ring:
    """`data` by key id, `current` the id that seals; `index` with the current key first."""

    current: bytes
    data: dict[bytes, algorithms.SM4] = field(repr=False)
    index: tuple[bytes, ...] = field(repr=False)

    @property
    def old(self) -> list[bytes]:
        """Ids of the keys that only open."""
        return [key_id for key_id in self.data if key_id != self.current]


@functools.lru_cache(maxsize=8)
def ring(field_key: str, field_keys_old: tuple[str, ...], index_key: str, index_keys_old: tuple[str, ...]) -> Ring:
    """The ring, or BadKeys naming the variable that is wrong.

    With an index key of its own only WANGGE_INDEX_KEYS_OLD holds older ones; without, the second halves of the old
    field keys do, so that a deployment which never split its key finds its data through a rotation.
    """
    fields = [_bytes("WANGGE_FIELD_KEY", field_key, _FIELD)]
    fields += [_bytes("WANGGE_FIELD_KEYS_OLD", key, _FIELD) for key in field_keys_old]
    indexes = [_bytes("WANGGE_INDEX_KEY", index_key, _INDEX)] if index_key else [key[16:] for key in fields]
    indexes += [_bytes("WANGGE_INDEX_KEYS_OLD", key, _INDEX) for key in index_keys_old]
    data: dict[bytes, bytes] = {}
    for key in (one[:16] for one in fields):
        key_id = id_of(key)
        if data.setdefault(key_id, key) != key:
            raise BadKeys(
                f"两个不同的密钥编号同为 {key_id.hex()}，无法区分各自加密的数据：请用 `wangge key new` 换一个新密钥",
                f"two different keys have the id {key_id.hex()}, so what each sealed could not be told apart: "
                "make another new key with `wangge key new`",
            )
    return Ring(id_of(fields[0][:16]), {one: algorithms.SM4(key) for one, key in data.items()}, _each_once(indexes))


def _bytes(name: str, key: str, length: int) -> bytes:
    digits = 2 * length
    if len(key) != digits or not _HEX.issuperset(key):
        raise BadKeys(f"{name} 应为 {digits} 位十六进制数", f"{name} must be {digits} hex digits")
    return bytes.fromhex(key)


def _each_once(keys: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(keys))


def id_of(sm4_key: bytes) -> bytes:
    """One byte that stands before every value sealed under the key; says nothing about it."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"key id" + sm4_key)
    return digest.finalize()[:1]


def fresh(known: Ring | None = None) -> str:
    """A new field key in hex whose id none of the known keys has."""
    taken = set(known.data) if known else set()
    if len(taken) == 256:
        raise BadKeys(
            "密钥编号已用尽：请先重新加密并移除旧密钥", "all key ids are taken: reseal and remove old keys first"
        )
    while True:
        key = secrets.token_bytes(_FIELD)
        if id_of(key[:16]) not in taken:
            return key.hex()


def fresh_index_key() -> str:
    return secrets.token_bytes(_INDEX).hex()
