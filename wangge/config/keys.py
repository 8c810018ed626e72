"""`wangge key`: fresh keys, and which ones are at hand. No key is ever printed but a new one."""

from __future__ import annotations

import argparse
import sys

from wangge.config import env as environment
from wangge.kit import keyring

_WHAT_NEXT = """\
换钥：把现用密钥移到 WANGGE_FIELD_KEYS_OLD，新密钥写入 WANGGE_FIELD_KEY，重启；全部重新加密后才可移除旧密钥。
To rotate: move the current key to WANGGE_FIELD_KEYS_OLD, put this one into WANGGE_FIELD_KEY, restart; remove the old
one only after everything was sealed anew. See docs/ops/keys.md."""


def new(options: argparse.Namespace) -> None:
    """Only the key goes to standard output, so that it can go straight into a file."""
    try:
        known = _at_hand()
    except environment.UnsafeConfiguration:
        known = None  # before the first key production refuses its settings, and this verb is the way out
    print(keyring.fresh_index_key() if options.index else keyring.fresh(known))
    if known and not options.index:
        print(_WHAT_NEXT, file=sys.stderr)


def show(_options: argparse.Namespace) -> None:
    ring = _at_hand()
    if ring is None:
        print("没有设置 WANGGE_FIELD_KEY · WANGGE_FIELD_KEY is not set")
        return
    print(f"{ring.current.hex()}  现用 seals and opens")
    for key_id in ring.old:
        print(f"{key_id.hex()}  旧 opens only")
    print(f"索引密钥 index keys: {len(ring.index)}（第一个现用 the first makes, the others only find）")


def _at_hand() -> keyring.Ring | None:
    env = environment.read()
    if not env.field_key:
        return None
    return keyring.ring(env.field_key, env.field_keys_old, env.index_key, env.index_keys_old)
