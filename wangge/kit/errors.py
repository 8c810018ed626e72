"""Expected failures as classes with a stable code and both languages, rendered as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Base of every expected failure.

    Subclasses live next to what raises them and set `code`, `status`, `title_zh`, `title_en`.
    `detail_zh`/`detail_en` say what happened this time and what to do; `errors` names fields, rows or vertices
    as `{"at": "body.title", "zh": ..., "en": ...}`; `extra` goes into the body as further members.
    """

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    title_zh: ClassVar[str] = "请求有误"
    title_en: ClassVar[str] = "Bad request"

    def __init__(
        self,
        zh: str = "",
        en: str = "",
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(zh or self.title_zh)
        self.detail_zh = zh or self.title_zh
        self.detail_en = en or self.title_en
        self.errors = errors or []
        self.headers = headers or {}
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The problem document: `type`, `title` and `detail` in Chinese, `*_en` beside them."""
        document: dict[str, Any] = {
            "type": f"urn:wangge:problem:{self.code}",
            "status": self.status,
            "code": self.code,
            "title": self.title_zh,
            "title_en": self.title_en,
            "detail": self.detail_zh,
            "detail_en": self.detail_en,
            **self.extra,
        }
        if self.errors:
            document["errors"] = self.errors
        return document


class NotFound(Problem):
    """Also the answer for what lies outside the reader's scope: the two must look the same."""

    code = "not_found"
    status = 404
    title_zh = "没有找到"
    title_en = "Not found"


class Forbidden(Problem):
    code = "forbidden"
    status = 403
    title_zh = "没有这项权限"
    title_en = "Not permitted"


class NotSignedIn(Problem):
    code = "not_signed_in"
    status = 401
    title_zh = "请先登录"
    title_en = "Sign in first"


class Malformed(Problem):
    """The request cannot be parsed at all: broken JSON, NUL, lone surrogates, too deep."""

    code = "malformed"
    status = 400
    title_zh = "请求无法解析"
    title_en = "The request cannot be parsed"


class Invalid(Problem):
    """Parsed, but fields, rows or vertices are wrong; `errors` names each."""

    code = "invalid"
    status = 422
    title_zh = "填写有误"
    title_en = "Some fields are wrong"


class Conflict(Problem):
    code = "conflict"
    status = 409
    title_zh = "内容已被他人更新"
    title_en = "Somebody else changed this first"


class TooLarge(Problem):
    code = "too_large"
    status = 413
    title_zh = "文件或请求过大"
    title_en = "Too large"


class TooMany(Problem):
    code = "too_many"
    status = 429
    title_zh = "操作过于频繁"
    title_en = "Too many requests"


class Unavailable(Problem):
    """The database is down, full or read-only: nothing was written, try again."""

    code = "unavailable"
    status = 503
    title_zh = "系统暂时不可用"
    title_en = "Temporarily unavailable"


def field_error(at: str, zh: str, en: str) -> dict[str, str]:
    """One entry of a problem's `errors`: where (`body.title`, `row 7`, `ring 0 vertex 12`) and what to do."""
    return {"at": at, "zh": zh, "en": en}
