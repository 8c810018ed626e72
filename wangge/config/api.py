"""The API of version 1: strict JSON in, fast JSON out, every failure a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module
from typing import Any

import orjson
from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from typing_extensions import override

from wangge.config import problems
from wangge.kit import strictjson

_ROUTERS = (
    ("", "wangge.audit.api"),
    ("", "wangge.calendars.api"),
    ("", "wangge.areas.api"),
    ("", "wangge.org.api"),
    ("/registry", "wangge.registry.api"),
    ("", "wangge.responsibility.api"),
    ("", "wangge.casework.api"),
    ("", "wangge.casework.time_api"),
    ("", "wangge.casework.rules_api"),
    ("", "wangge.casework.search_api"),
    ("", "wangge.intake.api"),
    ("/divisions", "wangge.divisions.api"),
    ("/appraisal", "wangge.appraisal.api"),
    ("", "wangge.command.api"),
    ("/public", "wangge.intake.api.public"),
)


class _StrictParser(Parser):
    @override
    def parse_body(self, request: HttpRequest) -> Any:
        return strictjson.parse(request.body)


class _FastRenderer(BaseRenderer):
    media_type = "application/json"

    @override
    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


class _API(NinjaAPI):
    @override
    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Name fields as the client wrote them: a sole body has no name of its own."""
        found = super().validation_error_from_error_contexts(error_contexts)
        sole = {getattr(context.model, "__read_from_single_attr__", None) for context in error_contexts}
        for error in found.errors:
            source, *rest = error["loc"]
            if source in {"body", "form"} and rest and rest[0] in sole:
                rest = rest[1:]
            error["loc"] = (source, *rest)
        return found


def _build() -> NinjaAPI:
    api = _API(
        title="网格 Wangge",
        version="1",
        description="网格化社会治理综合指挥平台 API。Grid governance and command platform for a Chinese district.",
        docs_url=None,  # the reader would load scripts from another host
        parser=_StrictParser(),
        renderer=_FastRenderer(),
        urls_namespace="api",
    )
    for error in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(error, problems.answer)
    for prefix, name in _ROUTERS:
        api.add_router(prefix, import_module(name).router)
    return api


api = _build()
