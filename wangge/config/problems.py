"""Every failure as a problem document: expected ones in their own words, the rest with a number to look up."""

from __future__ import annotations

import errno
import logging
import traceback
import uuid
from typing import Any

import django.db
import orjson
import psycopg
import psycopg_pool
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import exceptions as django_errors
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import errors as ninja_errors

from wangge.kit.errors import (
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    Problem,
    TooLarge,
    Unavailable,
    field_error,
)

log = logging.getLogger("wangge.problems")

RETRY_SECONDS = 5
CAUSES = 5
DATABASE_AWAY = (
    django.db.OperationalError,
    django.db.InterfaceError,
    psycopg.OperationalError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
)
READ_ONLY = "25006"


class MethodNotAllowed(Problem):
    code = "method_not_allowed"
    status = 405
    title_zh = "不支持这种请求方法"
    title_en = "Method not allowed"


class UnexpectedFailure(Problem):
    """A fault of ours; `incident` is in the log beside what happened."""

    code = "unexpected"
    status = 500
    title_zh = "系统内部错误"
    title_en = "Internal error"


_ZH = {
    "missing": "必填",
    "extra_forbidden": "不认识的字段",
    "string_type": "应为文字",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "too_long": "不能超过 {max_length} 项",
    "too_short": "不能少于 {min_length} 项",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "uuid_parsing": "编号格式不正确",
    "uuid_type": "编号格式不正确",
    "finite_number": "应为有限的数",
}
_ZH_BY_PREFIX = {
    "int": "应为整数",
    "float": "应为数字",
    "decimal": "应为数字",
    "bool": "应为是或否",
    "datetime": "应为日期时间，如 2026-11-21T08:30:00+08:00",
    "date": "应为日期，如 2026-11-21",
    "time": "应为时间，如 08:30",
}


def render(problem: Problem) -> HttpResponse:
    """The problem as a response; nothing of it is cached."""
    response = HttpResponse(
        orjson.dumps(problem.body(), default=str), status=problem.status, content_type="application/problem+json"
    )
    for name, value in problem.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def answer(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """What a client is told of `error`."""
    return render(translate(error if isinstance(error, BaseException) else error()))


def translate(error: BaseException) -> Problem:
    """The problem that stands for `error`; what nobody expected is logged under a number."""
    match error:
        case Problem():
            return error
        case ninja_errors.ValidationError():
            return Invalid(errors=[_field(one) for one in error.errors])
        case ninja_errors.HttpError():
            return _from_http_error(error)
        case Http404():
            return NotFound()
        case django_errors.PermissionDenied():
            return Forbidden()
        case django_errors.RequestDataTooBig() | django_errors.TooManyFieldsSent() | django_errors.TooManyFilesSent():
            return TooLarge()
        case SessionInterrupted():  # the session could not be saved: the database's fault, or signed out meanwhile
            return _behind(error) or NotSignedIn()
        case (
            django_errors.SuspiciousOperation()
            | django_errors.BadRequest()
            | MultiPartParserError()
            | UnreadablePostError()
            | UnicodeEncodeError()
        ):
            return Malformed()
    return _from_database(error) or _from_disk(error) or _unexpected(error)


def _behind(error: BaseException) -> Problem | None:
    """The database's problem that led to `error`."""
    one = error.__context__
    while one is not None:
        if problem := _from_database(one):
            return problem
        one = one.__context__
    return None


def _from_http_error(error: ninja_errors.HttpError) -> Problem:
    if error.__cause__ is not None:  # ninja wraps what our parser raised
        return translate(error.__cause__)
    by_status: dict[int, type[Problem]] = {401: NotSignedIn, 403: Forbidden, 404: NotFound, 413: TooLarge}
    return by_status.get(error.status_code, Malformed)()


def _from_database(error: BaseException) -> Problem | None:
    code = sqlstate(error)
    if isinstance(error, DATABASE_AWAY) or code == READ_ONLY:
        log.error("database unavailable: %s sqlstate=%s", type(error).__name__, code or "-")
        return Unavailable(
            "数据库暂时不可用，您的操作没有保存，请稍后重试",
            "The database is unavailable; nothing was saved, please try again",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    if isinstance(error, django.db.DataError | psycopg.DataError):
        if "NUL" in str(error):
            return Malformed("含有空字符（NUL）", "contains a NUL character")
        return Invalid("有数值超出允许的范围", "A value is out of range")
    return None


def _from_disk(error: BaseException) -> Problem | None:
    if not isinstance(error, OSError) or error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        return None
    log.error("no room on the disk: %s", errno.errorcode[error.errno])
    return Unavailable(
        "服务器存储空间不足，您的操作没有保存，请联系管理员",
        "The server has no room left; nothing was saved, please tell the administrator",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-letter code behind `error`, when it came from there."""
    for one in (error, error.__cause__):
        if isinstance(one, psycopg.Error):
            return one.sqlstate
    return None


def _unexpected(error: BaseException) -> UnexpectedFailure:
    incident = uuid.uuid4().hex[:12]
    # Messages of errors may carry personal data (PostgreSQL quotes the failing row): types and places only.
    chain: list[str] = []
    one: BaseException | None = error
    while one is not None and len(chain) < CAUSES:
        places = "".join(traceback.format_tb(one.__traceback__))
        chain.append(f"{type(one).__module__}.{type(one).__qualname__} sqlstate={sqlstate(one) or '-'}\n{places}")
        one = one.__cause__ or one.__context__
    log.error("incident %s\n%s", incident, "caused by ".join(chain))
    return UnexpectedFailure(
        f"系统内部错误，编号 {incident}，请联系管理员",
        f"Internal error, number {incident}; please tell the administrator",
        incident=incident,
    )


def _field(error: dict[str, Any]) -> dict[str, str]:
    kind, words = error["type"], error.get("msg", "")
    at = ".".join(str(part) for part in error["loc"])
    if kind == "value_error":
        said = words.removeprefix("Value error, ")
        return field_error(at, said, said)
    zh = _ZH.get(kind) or _ZH_BY_PREFIX.get(kind.partition("_")[0], "格式不正确")
    return field_error(at, zh.format_map(_Known(error.get("ctx", {}))), words)


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
