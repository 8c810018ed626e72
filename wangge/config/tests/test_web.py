"""Pages and files: which is served for which address, in which encoding, with which headers."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from wangge.config import web


class Answer:
    def __init__(self, sent: list[Any]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self.body: bytes = b"".join(message["body"] for message in sent[1:])


def get(path: str, *, method: str = "GET", **headers: str) -> Answer:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(web.serve({"method": method, "path": path, "headers": raw}, send))
    return Answer(sent)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pages = {
        "index.html": "<p>console</p><script>start()</script><script src='/assets/a-1.js'></script>",
        "field/index.html": "<p>field</p>",
        "field/sw.js": "//sw",
        "report/index.html": "<p>report</p>",
        "assets/app-0f.js": "let a",
        "assets/app-0f.js.map": "{}",
    }
    for name, text in pages.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "assets/app-0f.js.gz").write_bytes(gzip.compress(b"let a"))
    monkeypatch.setattr(web, "_build", web._Build(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", b"console"),
        ("/cases/0199?tab=log", b"console"),
        ("/wall", b"console"),
        ("/field/", b"field"),
        ("/field/mine", b"field"),
        ("/report/", b"report"),
        ("/report/f/token", b"report"),
    ],
)
def test_each_address_gets_the_page_that_draws_it(built: Path, path: str, page: bytes) -> None:
    answer = get(path)
    assert answer.status == 200
    assert page in answer.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_files_are_kept_for_ever_and_sent_packed(built: Path) -> None:
    packed = get("/assets/app-0f.js", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == b"let a"
    assert "immutable" in packed.headers["cache-control"]
    assert get("/assets/app-0f.js").body == b"let a"
    assert get("/assets/app-0f.js").headers["content-type"] == "text/javascript; charset=utf-8"


def test_the_service_worker_is_always_asked_for_anew(built: Path) -> None:
    assert get("/field/sw.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/assets/gone-1.js", "/assets/app-0f.js.map", "/../pyproject.toml", "/x.php"])
def test_what_is_not_in_the_build_is_not_found(built: Path, path: str) -> None:
    answer = get(path)
    assert answer.status == 404
    assert "没有这个页面" in answer.body.decode()


def test_an_unchanged_page_is_not_sent_again(built: Path) -> None:
    etag = get("/").headers["etag"]
    again = get("/", if_none_match=etag)
    assert (again.status, again.body) == (304, b"")


def test_head_has_headers_and_no_body_and_other_methods_are_refused(built: Path) -> None:
    head = get("/", method="HEAD")
    assert head.body == b""
    assert int(head.headers["content-length"]) > 0
    assert get("/", method="POST").status == 405


def test_the_policy_admits_our_files_and_the_inline_scripts_of_the_page_only(built: Path) -> None:
    policy = get("/").headers["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(b"start()").digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "sha256" not in get("/field/").headers["content-security-policy"]
    assert get("/").headers["x-content-type-options"] == "nosniff"


def test_without_a_build_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_build", web._Build(tmp_path))
    answer = get("/")
    assert answer.status == 503
    assert "make web" in answer.body.decode()


def test_a_new_build_is_served_without_a_restart(built: Path) -> None:
    assert b"console" in get("/").body
    (built / "index.html").write_text("<p>newer</p>", encoding="utf-8")
    assert b"newer" in get("/").body
