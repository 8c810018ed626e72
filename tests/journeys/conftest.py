"""The site is started once for all journeys; browsers stop with each file."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests import browser as browsers
from tests.journeys import desk as desks
from tests.journeys import site as sites

expect.set_options(timeout=desks.PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey that fails is walked once more from its start; the summary names it as RERUN, and that is a bug.

    Browser, site and worker share two cores here, and one late frame must not stop a release of sound code.
    """
    for item in items:
        if item.get_closest_marker("journey"):
            item.add_marker(pytest.mark.flaky(reruns=1))


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while Playwright's loop runs in this thread, Django refuses its own database."""
    if browsers.find() is None:
        pytest.skip(browsers.MISSING)
    with browsers.launched() as made:
        yield made


@pytest.fixture
def desk(site: sites.Site, browser: Browser) -> Iterator[desks.Desk]:
    """Fails the journey for what went wrong beside it: errors, refusals, policy violations, other hosts."""
    made = desks.Desk(site, browser)
    yield made
    made.close()
    assert made.unexcused() == []
