"""The names of what goes over the wire: the OpenAPI document knows each only once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pydantic import BaseModel

from wangge.config import api
from wangge.kit.schema import In, Out


def _all(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in base.__subclasses__():
        yield one
        yield from _all(one)


def test_no_two_documents_share_a_name() -> None:
    api.api.get_openapi_schema()
    places = defaultdict(set)
    for base in (In, Out):
        for one in _all(base):
            if one.__module__.startswith("wangge."):
                places[one.__name__].add(one.__module__)

    assert {name: sorted(where) for name, where in places.items() if len(where) > 1} == {}
