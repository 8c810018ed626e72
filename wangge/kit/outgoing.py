"""Calls to a server that the operator named, and to no other.

The host stands in the configuration, never in a request: http or https only, no credentials in the address, no
redirect is followed, ten seconds at most, a bounded answer that is taken for data whatever it says it is.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from wangge.kit import strictjson
from wangge.kit.errors import Malformed

SECONDS = 10.0
MOST_BYTES = 256 * 1024


class NotReached(Exception):
    """No whole, sane answer; the text says why, for the operator's log, and holds no secret."""


def checked(url: str) -> SplitResult:
    """The parts of an address that may be called; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an http or https address is needed")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("no credentials, query or fragment in the address")
    return parts


def post_json(
    base: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str], *, seconds: float = SECONDS
) -> Any:
    """POST to `path` below the operator's address; the parsed answer of a 200, else NotReached."""
    parts = checked(base)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    assert parts.hostname is not None
    line = kind(parts.hostname, parts.port, timeout=seconds)
    until = time.monotonic() + seconds
    try:
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        line.request("POST", parts.path.rstrip("/") + path, json.dumps(body).encode(), sent)
        answer = line.getresponse()
        if answer.status != 200:
            raise NotReached(f"answered {answer.status}")
        data = _read(answer, until)
    except (OSError, http.client.HTTPException) as error:
        raise NotReached(type(error).__name__) from error
    finally:
        line.close()
    try:
        return strictjson.parse(data)
    except Malformed as error:
        raise NotReached("answered something that is not JSON") from error


def _read(answer: http.client.HTTPResponse, until: float) -> bytes:
    data = b""
    while part := answer.read1(16 * 1024):
        data += part
        if len(data) > MOST_BYTES:
            raise NotReached(f"answered more than {MOST_BYTES // 1024} KiB")
        if time.monotonic() > until:
            raise NotReached("took too long")
    return data
