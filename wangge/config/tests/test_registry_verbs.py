"""`wangge registry reseal` and `wangge registry retention` say what they did, and fail where something is missing."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories import District
from tests.registry_rows import Home, make_home
from wangge.config import registry_verbs
from wangge.kit import clock, crypto, keyring
from wangge.org import scope
from wangge.registry.models import Person
from wangge.registry.rules import Rules
from wangge.registry.services import rulebook

CLASSES = {"moved_out": {"name": "已迁出", "name_en": "Gone", "subject": "person", "status": "moved_out", "days": 30}}


@pytest.fixture
def home(district: District, settings: Any) -> Iterator[Home]:
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD = keyring.fresh(), ()
    settings.INDEX_KEY, settings.INDEX_KEYS_OLD = "", ()
    with scope.acting(scope.system_actor("test")):
        rulebook.load_rules(Rules.model_validate({"retention": CLASSES}))
        yield make_home(district, "grid1")


def _reseal(*, report: bool = False) -> int:
    return registry_verbs.reseal(Namespace(report=report, reindex=False))


def test_after_a_change_of_keys_everything_is_under_the_new_one(
    home: Home, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    old = settings.FIELD_KEY
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD = keyring.fresh(keyring.ring(old, (), "", ())), (old,)
    assert _reseal() == 0
    said = capsys.readouterr().out
    assert "sealed anew 2" in said
    assert "indexed anew 0" in said  # sealing anew has made the indexes already
    current, former = crypto.key_ids()
    assert f"{current.hex()}  现用 seals  2" in said
    assert f"{former.hex()}  旧 opens only  0" in said
    assert _reseal() == 0
    assert "sealed anew 0" in capsys.readouterr().out


def test_a_lost_key_is_an_error_that_names_it(home: Home, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (lost,) = crypto.key_ids()
    settings.FIELD_KEY = keyring.fresh(keyring.ring(settings.FIELD_KEY, (), "", ()))
    assert _reseal(report=True) == 1
    said = capsys.readouterr()
    assert f"{lost.hex()}  缺失 MISSING  2" in said.out
    assert lost.hex() in said.err


def test_the_dry_run_counts_and_the_run_prints_its_proof(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    Person.objects.filter(pk=home.child.pk).update(
        status="moved_out", retention="moved_out", delete_after=clock.now().date()
    )
    assert registry_verbs.retention(Namespace(dry_run=True)) == 0
    assert "到期 due 1" in capsys.readouterr().out
    assert Person.objects.get(pk=home.child.pk).status == "moved_out"
    assert registry_verbs.retention(Namespace(dry_run=False)) == 0
    assert "erased 1 · 凭证 proof" in capsys.readouterr().out
    assert Person.objects.get(pk=home.child.pk).status == "erased"
