"""Verbs of `wangge` that are more than a call."""

from __future__ import annotations

import pytest

from tests.factories import District
from wangge.config import bootstrap, cli
from wangge.org import services as org
from wangge.org.models import Post


def test_the_first_account_is_made_from_the_command_line(
    district: District, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "django", lambda: None)
    unit = next(iter(district.units.values()))
    with pytest.raises(SystemExit) as ended:
        cli.main(["user", "create", "anquan", "安全管理员", "--role", "security_admin", "--unit", unit.code])
    password = capsys.readouterr().out.split()[-1]
    assert ended.value.code == 0
    user = org.sign_in(username="anquan", password=password, address="192.0.2.1")
    assert Post.objects.get(user=user).role.code == "security_admin"
