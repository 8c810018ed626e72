"""The site is started once for all journeys."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tests.journeys import site as sites


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(django_db_setup: None, pytestconfig: pytest.Config) -> Iterator[sites.Site]:
    root = pytestconfig.pluginmanager.get_plugin(str(pytestconfig.rootpath / "conftest.py"))
    assert root is not None
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "") or os.environ.get("WANGGE_TEST_DB", "").removeprefix(
        "test_wangge"
    )
    with sites.running(
        root.address(database="postgres"), root.address, _free_port(), f"_{suffix}" if suffix else ""
    ) as made:
        yield made
