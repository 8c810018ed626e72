"""国密: SM4-GCM for personal data, SM3 for digests, SM3-HMAC for the index by which encrypted data is found.

A sealed value is `key id (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The context (say `case:reporter_phone`)
is authenticated with it, so that a value copied into another column does not open there. Keys come from a ring
(`kit.keyring`): one seals, older ones still open; one makes indexes, older ones still find.
"""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from wangge.kit import keyring
from wangge.kit.errors import Problem

_NONCE, _TAG = 12, 16
_SHORTEST = 1 + _NONCE + _TAG
_SM3 = hashes.Hash(hashes.SM3())  # copied for each digest: cheaper than a new one


class CannotDecrypt(Problem):
    code = "cannot_decrypt"
    status = 500
    title_zh = "无法解密"
    title_en = "Cannot be decrypted"


def _ring() -> keyring.Ring:
    return keyring.ring(settings.FIELD_KEY, settings.FIELD_KEYS_OLD, settings.INDEX_KEY, settings.INDEX_KEYS_OLD)


def sm3(data: bytes) -> bytes:
    digest = _SM3.copy()
    digest.update(data)
    return digest.finalize()


class Digest:
    """SM3 over what comes in pieces."""

    def __init__(self) -> None:
        self._hash = _SM3.copy()

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def finish(self) -> bytes:
        return self._hash.finalize()


@functools.lru_cache(maxsize=1024)
def _begun(key: bytes, prefix: bytes) -> hmac.HMAC:
    """A context to copy: a new one costs as much as the digest itself."""
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(prefix)
    return mac


def _mac(key: bytes, data: bytes, prefix: bytes = b"") -> bytes:
    mac = _begun(key, prefix).copy()
    mac.update(data)
    return mac.finalize()


def _canonical(text: str) -> bytes:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().encode()


def keyed_sm3(data: bytes) -> bytes:
    """SM3-HMAC under the index key: a digest that whoever holds only the database cannot make."""
    return _mac(_ring().index[0], data)


def keyed_sm3s(data: bytes) -> list[bytes]:
    """Under the index key and those before it: for checking what was made before a rotation."""
    return [_mac(key, data) for key in _ring().index]


def blind_index(text: str) -> bytes:
    """Equal texts give equal bytes, and nothing can be read back: for finding encrypted values."""
    return keyed_sm3(_canonical(text))


def blind_indexes(text: str) -> list[bytes]:
    """The current index first, then those under older keys: what to look for while a rotation is under way."""
    return keyed_sm3s(_canonical(text))


def index64(kind: str, text: str) -> int:
    """A signed 64-bit blind index for a compact B-tree; `kind` keeps a phone from being found as an ID number.

    Two of a million texts share a number with a chance of 1 in 37 million: compare what was opened.
    """
    return int.from_bytes(_mac(_ring().index[0], _canonical(text), kind.encode() + b"\0")[:8], signed=True)


def index64s(kind: str, text: str) -> list[int]:
    """The current number first, then those under older index keys."""
    data, prefix = _canonical(text), kind.encode() + b"\0"
    return [int.from_bytes(_mac(key, data, prefix)[:8], signed=True) for key in _ring().index]


def index64_many(kind: str, texts: Iterable[str]) -> list[int]:
    """`index64` of each text, for bulk imports."""
    begun, number = _begun(_ring().index[0], kind.encode() + b"\0"), int.from_bytes
    found = []
    for text in texts:
        mac = begun.copy()
        mac.update(_canonical(text))
        found.append(number(mac.finalize()[:8], signed=True))
    return found


def encrypt(text: str, *, context: str) -> bytes:
    return encrypt_bytes(text.encode(), context=context)


def encrypt_bytes(data: bytes, *, context: str) -> bytes:
    ring = _ring()
    return _seal(ring.current, ring.data[ring.current], context.encode(), os.urandom(_NONCE), data)


def seal_many(texts: Iterable[str], *, context: str) -> list[bytes]:
    """`encrypt` of each text, for bulk imports."""
    ring, data, random = _ring(), context.encode(), os.urandom
    current, key = ring.current, ring.data[ring.current]
    return [_seal(current, key, data, random(_NONCE), text.encode()) for text in texts]


def _seal(key_id: bytes, key: algorithms.SM4, context: bytes, nonce: bytes, data: bytes) -> bytes:
    sealer = Cipher(key, modes.GCM(nonce)).encryptor()  # GCM contexts cannot be reset: each nonce needs its own
    sealer.authenticate_additional_data(context)
    sealed = sealer.update(data)
    sealer.finalize()  # gives no bytes in GCM, but makes the tag
    return b"".join((key_id, nonce, sealed, sealer.tag))


def decrypt(blob: bytes | memoryview, *, context: str) -> str:
    """The text, or CannotDecrypt saying whether the key, the context or the value is wrong."""
    return decrypt_bytes(blob, context=context).decode()


def decrypt_bytes(blob: bytes | memoryview, *, context: str) -> bytes:
    sealed = bytes(blob)
    if len(sealed) < _SHORTEST:
        raise CannotDecrypt("密文不完整", "the sealed value is cut short")
    key = _ring().data.get(sealed[:1])
    if key is None:
        raise _missing(sealed[:1])
    nonce, body, tag = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : -_TAG], sealed[-_TAG:]
    opener = Cipher(key, modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(context.encode())
    try:
        return opener.update(body) + opener.finalize()
    except InvalidTag as error:
        raise CannotDecrypt(f"密文已被改动，或不属于“{context}”", f"altered, or not a value of {context!r}") from error


def _missing(key_id: bytes) -> CannotDecrypt:
    name = key_id.hex()
    return CannotDecrypt(
        f"缺少编号为 {name} 的密钥：请把加密时的 WANGGE_FIELD_KEY 加入 WANGGE_FIELD_KEYS_OLD 后重启；"
        "`wangge key list` 列出现有密钥的编号",
        f"the key with id {name} is missing: bring that key back by adding the WANGGE_FIELD_KEY that sealed this value "
        "to WANGGE_FIELD_KEYS_OLD and restart; `wangge key list` shows the ids at hand",
        key_id=name,
    )


def sealed_under(blob: bytes | memoryview) -> bytes:
    """The id (one byte) of the key that sealed the value."""
    sealed = bytes(blob[:1])
    if not sealed:
        raise CannotDecrypt("密文为空", "the sealed value is empty")
    return sealed


def key_ids() -> list[bytes]:
    """Ids of the keys at hand, the one that seals first."""
    ring = _ring()
    return [ring.current, *ring.old]


def index_ids() -> list[str]:
    """Names of the index keys at hand, the current one first; they say nothing about the keys."""
    return [_mac(key, b"index id")[:4].hex() for key in _ring().index]


def needs_resealing(blob: bytes | memoryview) -> bool:
    """Whether another key than the current one sealed the value."""
    return sealed_under(blob) != _ring().current


def mask_phone(phone: str) -> str:
    """138****5678; short numbers keep two digits at each end at most."""
    keep_front, keep_back = (3, 4) if len(phone) >= 11 else (min(2, len(phone) // 3),) * 2
    hidden = max(len(phone) - keep_front - keep_back, 0)
    return phone[:keep_front] + "*" * hidden + phone[len(phone) - keep_back :]


def mask_name(name: str) -> str:
    """王*, 欧**: the first character stays."""
    return name[:1] + "*" * (len(name) - 1)
