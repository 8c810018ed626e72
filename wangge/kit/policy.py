"""Every route declares who may call it; a test fails on a route that does not.

The check runs before the request's body is read, so that whoever may not call a route learns nothing from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from wangge.kit.errors import Forbidden, NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])


def requires(*permissions: str) -> Callable[[View], View]:
    """The caller must be signed in and hold any one of `permissions` (none named: any signed-in caller)."""

    def check(request: HttpRequest) -> Any:
        actor = getattr(request, "actor", None)
        if actor is None:
            raise NotSignedIn
        if permissions and not any(permission in actor.permissions for permission in permissions):
            raise Forbidden(permission=permissions[0])
        return actor

    def guard(operation: Operation) -> None:
        operation.auth_callbacks = [check]

    def decorate(view: View) -> View:
        view.policy = permissions or ("signed-in",)  # type: ignore[attr-defined]  # read by the route test
        contribute_operation_callback(view, guard)
        return view

    return decorate


def open_to_public(why: str) -> Callable[[View], View]:
    """The route is meant for people without an account; `why` says so to the reader of the route table."""

    def decorate(view: View) -> View:
        view.policy = (f"public: {why}",)  # type: ignore[attr-defined]  # read by the route test
        return view

    return decorate
