"""Which tables of matters are behind row-level security, and that the others are named with their reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

ADR = Path(__file__).parents[2] / "docs/adr/0005-scope-is-an-interval-of-packed-tree-positions.md"
_TABLES = """
select relname, relrowsecurity from pg_class
 where relkind = 'r' and relnamespace = current_schema()::regnamespace
   and relname ~ '^(casework|intake|audit|registry|appraisal|divisions)_'
"""
COUNTS_USES_ONLY = {"intake_throttle"}  # hashes of addresses


@pytest.mark.django_db
def test_every_table_of_matters_is_behind_a_policy_or_named_with_its_reason() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        protected = dict(cursor.fetchall())
    section = ADR.read_text(encoding="utf-8").partition("**Tables of matters without a policy**")[2]
    listed = re.findall(r"^- (`[^:(]+)", section, re.MULTILINE)
    reasoned = {name for names in listed for name in re.findall(r"`(\w+)`", names)}
    open_to_all = {name for name, policy in protected.items() if not policy} - COUNTS_USES_ONLY

    assert open_to_all == reasoned
    assert {"casework_case", "intake_import", "registry_person", "registry_tag"} <= protected.keys() - open_to_all
