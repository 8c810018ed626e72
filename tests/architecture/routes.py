"""Every route of the API with its policy, read from the router itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wangge.config.api import api

API = "/api/v1"


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    policy: tuple[str, ...]
    guarded: bool

    @property
    def public(self) -> bool:
        return bool(self.policy) and self.policy[0].startswith("public: ")

    @property
    def permissions(self) -> frozenset[str]:
        return frozenset() if self.public or self.policy == ("signed-in",) else frozenset(map(str, self.policy))

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(?:\w+:)?(\w+)}", self.path))

    def url(self, values: dict[str, object]) -> str:
        return API + re.sub(r"{(?:\w+:)?(\w+)}", lambda match: str(values[match.group(1)]), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def all_routes() -> list[Route]:
    found = []
    api._get_bound_routers()  # only then routers within routers stand in the list
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                policy = tuple(getattr(operation.view_func, "policy", ()))
                found += [
                    Route(method, _joined(prefix, path), policy, bool(operation.auth_callbacks))
                    for method in operation.methods
                ]
    return found


def _joined(prefix: str, path: str) -> str:
    return re.sub("/+", "/", f"/{prefix}/{path}")
