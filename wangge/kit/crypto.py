"""国密: SM4-GCM for personal data, SM3 for digests, SM3-HMAC for the index by which encrypted data is found.

A sealed value is `key id (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The context (say `case:reporter_phone`)
is authenticated with it, so that a value copied into another column does not open there.
"""

from __future__ import annotations

import functools
import secrets
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from wangge.kit.errors import Problem

_NONCE, _TAG = 12, 16
_SM3 = hashes.Hash(hashes.SM3())  # copied for each digest: cheaper than a new one


class CannotDecrypt(Problem):
    code = "cannot_decrypt"
    status = 500
    title_zh = "无法解密"
    title_en = "Cannot be decrypted"


@functools.lru_cache(maxsize=4)
def _keys(field_key: str) -> tuple[bytes, bytes, bytes]:
    """Key id, SM4 key, SM3-HMAC key."""
    raw = bytes.fromhex(field_key)
    if len(raw) != 32:
        raise CannotDecrypt("WANGGE_FIELD_KEY 应为 64 位十六进制数", "WANGGE_FIELD_KEY must be 64 hex digits")
    return sm3(b"key id" + raw[:16])[:1], raw[:16], raw[16:]


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


def keyed_sm3(data: bytes) -> bytes:
    """SM3-HMAC under the field key: a digest that whoever holds only the database cannot make."""
    mac = hmac.HMAC(_keys(settings.FIELD_KEY)[2], hashes.SM3())
    mac.update(data)
    return mac.finalize()


def blind_index(text: str) -> bytes:
    """Equal texts give equal bytes, and nothing can be read back: for finding encrypted values."""
    return keyed_sm3(unicodedata.normalize("NFKC", text).strip().encode())


def encrypt(text: str, *, context: str) -> bytes:
    key_id, key, _ = _keys(settings.FIELD_KEY)
    nonce = secrets.token_bytes(_NONCE)
    sealer = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(context.encode())
    sealed = sealer.update(text.encode()) + sealer.finalize()
    return key_id + nonce + sealed + sealer.tag


def decrypt(blob: bytes | memoryview, *, context: str) -> str:
    """The text, or CannotDecrypt saying whether the key, the context or the value is wrong."""
    sealed = bytes(blob)
    key_id, key, _ = _keys(settings.FIELD_KEY)
    if len(sealed) < 1 + _NONCE + _TAG:
        raise CannotDecrypt("密文不完整", "the sealed value is cut short")
    if sealed[:1] != key_id:
        raise CannotDecrypt(
            "密文不是用当前的 WANGGE_FIELD_KEY 加密的，请换回加密时的密钥",
            "sealed under another WANGGE_FIELD_KEY than the one in use; bring that key back",
        )
    nonce, body, tag = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE : -_TAG], sealed[-_TAG:]
    opener = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(context.encode())
    try:
        return (opener.update(body) + opener.finalize()).decode()
    except InvalidTag as error:
        raise CannotDecrypt(f"密文已被改动，或不属于“{context}”", f"altered, or not a value of {context!r}") from error


def mask_phone(phone: str) -> str:
    """138****5678; short numbers keep two digits at each end at most."""
    keep_front, keep_back = (3, 4) if len(phone) >= 11 else (min(2, len(phone) // 3),) * 2
    hidden = max(len(phone) - keep_front - keep_back, 0)
    return phone[:keep_front] + "*" * hidden + phone[len(phone) - keep_back :]


def mask_name(name: str) -> str:
    """王*, 欧**: the first character stays."""
    return name[:1] + "*" * (len(name) - 1)
