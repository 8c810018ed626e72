"""The outermost layer of a request: headers that bind the browser, forged requests refused, a number for the log."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from wangge.config import problems
from wangge.kit.errors import Forbidden, Malformed, NotFound

Next = Callable[[HttpRequest], HttpResponseBase]
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

# Element Plus and ECharts set `style` attributes from text; style elements and scripts come from us alone.
# MapLibre's worker is a file of ours, but it makes further ones from blobs.
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class ForgedRequest(Forbidden):
    code = "csrf_failed"
    title_zh = "页面已过期，请刷新后重试"
    title_en = "The page is out of date; reload it and try again"


def security_headers(*, scripts: str = "") -> dict[str, str]:
    """Headers of every answer; `scripts` are sources that a page's own inline scripts need beside ours."""
    policy = dict(CONTENT_SECURITY_POLICY)
    if scripts:
        policy["script-src"] += f" {scripts}"
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return headers


def guard(get_response: Next) -> Next:
    headers = security_headers()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex
        request.META["WANGGE_REQUEST_ID"] = request_id
        refused = _refuse_host(request) or _refuse_forged(request)
        response = problems.render(refused) if refused else get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(response)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = request_id
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class UnknownHost(Malformed):
    code = "unknown_host"
    title_zh = "本站不使用这个域名，请管理员检查 WANGGE_ALLOWED_HOSTS"
    title_en = "This site does not answer to that name; see WANGGE_ALLOWED_HOSTS"


def _refuse_host(request: HttpRequest) -> UnknownHost | None:
    """A name that somebody else points at our address does not make their page one of ours."""
    if not request.path.startswith("/api/"):
        return None
    try:
        request.get_host()
    except DisallowedHost:
        return UnknownHost()
    return None


class _TokenCheck(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:  # Django's hook; its stubs omit it
        return HttpResponse(reason, status=403)


_token_check = _TokenCheck(lambda _request: HttpResponse())


def _refuse_forged(request: HttpRequest) -> ForgedRequest | None:
    """ninja takes its views out of Django's check, so a request that a browser signs by cookie is checked here.

    Other systems sign by the Authorization header, which no foreign page can make a browser send.
    """
    if request.method in SAFE_METHODS or not request.path.startswith("/api/"):
        return None
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        return None
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return ForgedRequest()
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and settings.CSRF_COOKIE_NAME not in request.COOKIES:
        return None
    _token_check.process_request(request)
    if _token_check.process_view(request, lambda: HttpResponse(), (), {}) is not None:
        return ForgedRequest()
    return None


def _not_allowed(response: HttpResponseNotAllowed) -> HttpResponse:
    return problems.render(problems.MethodNotAllowed(headers={"Allow": response.headers["Allow"]}))


def csrf_failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's own check speaks our language too."""
    del reason
    return problems.render(ForgedRequest())


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problems.render(NotFound())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problems.answer(request, exception)


def server_error(_request: HttpRequest) -> HttpResponse:
    """What a middleware or a commit raised; Django calls this while the exception is being handled."""
    error = sys.exc_info()[1]
    return problems.render(problems.translate(error if error is not None else RuntimeError()))
