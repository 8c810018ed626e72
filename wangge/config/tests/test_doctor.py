"""What `wangge doctor` says of a database that is not ours."""

from __future__ import annotations

import psycopg
import pytest

from wangge.config import doctor


@pytest.mark.django_db
@pytest.mark.parametrize(("cost", "verdict"), [("4", "warn"), ("2.1", "warn"), ("2", "ok"), ("1.1", "ok")])
def test_random_reads_priced_for_turning_disks_are_warned_of(
    cost: str, verdict: str, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    superuser.execute(f"set random_page_cost = {cost}")
    found = doctor._planner(superuser)

    assert (found.verdict, found.value.startswith(cost)) == (verdict, True)
    assert ("random_page_cost = 1.1" in found.value) == (verdict == "warn")
