"""Every route declares who may call it; a test fails on a route that does not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

from wangge.kit.errors import Forbidden, NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])


def requires(*permissions: str) -> Callable[[View], View]:
    """The caller must be signed in and hold any one of `permissions` (none named: any signed-in caller)."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            actor = getattr(request, "actor", None)
            if actor is None:
                raise NotSignedIn
            if permissions and not any(p in actor.permissions for p in permissions):
                raise Forbidden(permission=permissions[0])
            return view(request, *args, **kwargs)

        # ninja resolves annotations in the globals of the function it is given, which would be this module's
        checked.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        checked.policy = permissions or ("signed-in",)  # type: ignore[attr-defined]  # read by the route test
        return checked  # type: ignore[return-value]

    return decorate


def open_to_public(why: str) -> Callable[[View], View]:
    """The route is meant for people without an account; `why` says so to the reader of the route table."""

    def decorate(view: View) -> View:
        view.policy = (f"public: {why}",)  # type: ignore[attr-defined]  # read by the route test
        return view

    return decorate
