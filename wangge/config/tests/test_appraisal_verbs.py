"""`wangge appraisal rebuild` and `check` say what they did, and fail where a count is not exact."""

from __future__ import annotations

from argparse import Namespace

import pytest
from django.db import connection

from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.config import appraisal_verbs

__all__ = ["act", "fresh_memory", "lists", "picture"]


def test_the_command_line_says_whether_all_is_exact(act: Play, capsys: pytest.CaptureFixture[str]) -> None:
    act.closed()
    appraisal_verbs.rebuild(Namespace())
    assert "counted anew 1" in capsys.readouterr().out
    assert appraisal_verbs.check(Namespace(most=10)) is None
    assert "all exact" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("update appraisal_standing set n = n - 9")
        cursor.execute("update appraisal_cell set n = appraisal_add(n, array[0, 0, 7]) where period = 'M'")
    assert appraisal_verbs.check(Namespace(most=10)) == 1
    assert "month" in capsys.readouterr().out
