"""Homes in two grids of the district of tests.factories."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests import registry_rows
from tests.factories import District
from wangge.org import scope
from wangge.org.scope import system_actor


@pytest.fixture
def near(district: District) -> registry_rows.Home:
    """In grid 1, whose member is `people.grid_member`."""
    with scope.acting(system_actor("test")):
        return registry_rows.make_home(district, "grid1", serial=1)


@pytest.fixture
def far(district: District) -> registry_rows.Home:
    """In grid 5, another street's."""
    with scope.acting(system_actor("test")):
        return registry_rows.make_home(district, "grid5", serial=2)


@pytest.fixture
def as_member(people: SimpleNamespace) -> Iterator[Any]:
    """A transaction under the scope of grid 1's member."""
    with scope.acting(people.grid_member) as actor:
        yield actor


@pytest.fixture
def as_everybody(district: District) -> Iterator[Any]:
    with scope.acting(system_actor("test")) as actor:
        yield actor
