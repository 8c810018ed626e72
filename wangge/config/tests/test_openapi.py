"""The OpenAPI document is what the pages' types are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from wangge.config.api import api
from wangge.kit.schema import In, Out


def _below(base: type) -> Iterator[type]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def test_each_schema_name_means_one_class() -> None:
    """Two classes of one name would silently share one entry of the document."""
    api.get_openapi_schema()
    homes: dict[str, set[str]] = defaultdict(set)
    for one in (*_below(In), *_below(Out)):
        homes[one.__name__].add(one.__module__)
    assert {name: sorted(modules) for name, modules in homes.items() if len(modules) > 1} == {}
