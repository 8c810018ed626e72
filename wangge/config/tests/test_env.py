"""Every setting is documented and read; unsafe or misspelt ones refuse with the reason."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from wangge.config import cli, doctor, env, reference
from wangge.kit import keyring

SAFE_PRODUCTION = {
    "WANGGE_MODE": "production",
    "WANGGE_SECRET_KEY": "s" * 50,
    "WANGGE_FIELD_KEY": "0f" * 32,
    "WANGGE_HTTPS": "true",
    "WANGGE_ALLOWED_HOSTS": "wangge.example.gov.cn",
}


def test_safe_production_settings_are_accepted() -> None:
    read = env.read(SAFE_PRODUCTION)
    assert read.production
    assert read.allowed_hosts == ("wangge.example.gov.cn",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"WANGGE_SECRET_KEY": "short"}, "WANGGE_SECRET_KEY"),
        ({"WANGGE_FIELD_KEY": "xyz"}, "WANGGE_FIELD_KEY"),
        ({"WANGGE_FIELD_KEY": "g" * 64}, "WANGGE_FIELD_KEY"),
        ({"WANGGE_HTTPS": "false"}, "WANGGE_HTTPS"),
        ({"WANGGE_ALLOWED_HOSTS": "*"}, "WANGGE_ALLOWED_HOSTS"),
        (
            {"WANGGE_DATABASE_URL": "postgresql://o@db/w", "WANGGE_DATABASE_OWNER_URL": "postgresql://o@db/w"},
            "WANGGE_DATABASE_URL",
        ),
        ({"WANGGE_SIMULATION_PER_MINUTE": "3"}, "WANGGE_SIMULATION_PER_MINUTE"),
    ],
)
def test_unsafe_production_settings_refuse_with_the_reason(change: dict[str, str], reason: str) -> None:
    with pytest.raises(env.UnsafeConfiguration, match=reason):
        env.read(SAFE_PRODUCTION | change)


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("WANGGE_PORT", "many", "a number is needed"),
        ("WANGGE_HTTPS", "perhaps", "use true or false"),
        ("WANGGE_MODE", "staging", "one of development, demo, production"),
        ("WANGGE_PROT", "8000", "unknown variables: WANGGE_PROT"),
        ("WANGGE_SECRET_KEY_FILE", "/nowhere/key", "cannot be read"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str, reason: str) -> None:
    with pytest.raises(env.UnsafeConfiguration, match=reason):
        env.read({variable: value})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 60 + "\n", encoding="utf-8")
    assert env.read({"WANGGE_SECRET_KEY_FILE": str(key)}).secret_key == "k" * 60


def test_wrong_keys_are_found_at_the_start_in_every_mode() -> None:
    key = "0f" * 32
    twin = next(one for one in iter(keyring.fresh, None) if _id(one) == _id(key))
    for wrong, reason in [
        ({"WANGGE_FIELD_KEY": "0f"}, "WANGGE_FIELD_KEY must be 64"),
        ({"WANGGE_FIELD_KEY": key, "WANGGE_FIELD_KEYS_OLD": f"{key},short"}, "WANGGE_FIELD_KEYS_OLD"),
        ({"WANGGE_FIELD_KEY": key, "WANGGE_FIELD_KEYS_OLD": twin}, "could not be told apart"),
        ({"WANGGE_INDEX_KEY": "ab" * 16}, "WANGGE_FIELD_KEY is missing"),
    ]:
        with pytest.raises(env.UnsafeConfiguration, match=reason):
            env.read(wrong)


def test_old_keys_may_come_from_a_file_one_a_line_and_are_never_shown(tmp_path: Path) -> None:
    key = tmp_path / "old"
    key.write_text("1a" * 32 + "\n" + "2b" * 32 + "\n", encoding="utf-8")
    read = env.read({"WANGGE_FIELD_KEY": "0f" * 32, "WANGGE_FIELD_KEYS_OLD_FILE": str(key)})
    assert read.field_keys_old == ("1a" * 32, "2b" * 32)
    assert "1a1a" not in repr(read)
    assert "0f0f" not in repr(read)


def test_a_fresh_key_is_alone_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(_printed(capsys, "key", "new")) == 64
    assert len(_printed(capsys, "key", "new", "--index")) == 32
    monkeypatch.setenv("WANGGE_MODE", "production")  # nothing else set: still the way to the first key
    fresh = _printed(capsys, "key", "new")
    monkeypatch.setenv("WANGGE_MODE", "development")
    monkeypatch.setenv("WANGGE_FIELD_KEY", fresh)
    listed = _printed(capsys, "key", "list")
    assert listed.startswith(_id(fresh).hex())
    assert fresh not in listed


def test_the_doctor_tells_ids_and_warns_of_a_key_file_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, old = "0f" * 32, "1a" * 32
    file = tmp_path / "key"
    file.write_text(key, encoding="utf-8")
    monkeypatch.setenv("WANGGE_FIELD_KEY_FILE", str(file))
    monkeypatch.setenv("WANGGE_FIELD_KEYS_OLD", old)
    file.chmod(0o600)
    only = list(doctor._keys(env.read()))
    assert [one.verdict for one in only] == ["ok"]
    assert _id(key).hex() in only[0].value
    assert _id(old).hex() in only[0].value
    file.chmod(0o644)
    assert [one.verdict for one in doctor._keys(env.read())] == ["ok", "warn"]


def _printed(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(command))
    assert ended.value.code == 0
    return capsys.readouterr().out.strip()


def _id(key: str) -> bytes:
    return keyring.id_of(bytes.fromhex(key)[:16])


def test_a_data_folder_has_local_keys_outside_production_only() -> None:
    assert env.read({}).secret_key == ""
    with pytest.raises(env.UnsafeConfiguration):
        env.read({"WANGGE_MODE": "production"})


@pytest.mark.parametrize("name", [spec.name for spec in fields(env.Env)])
def test_every_setting_is_read_somewhere_and_documented(name: str) -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in (env.ROOT / "wangge").rglob("*.py")
        if path.name != "env.py" and "tests" not in path.parts
    ]
    own = (env.ROOT / "wangge" / "config" / "env.py").read_text(encoding="utf-8")
    read = re.compile(rf"\.{name}\b")
    assert any(read.search(source) for source in sources) or re.search(rf"self\.{name}\b", own)
    spec = next(spec for spec in fields(env.Env) if spec.name == name)
    assert spec.metadata["doc"].endswith(".")


def test_the_page_of_settings_is_current() -> None:
    page = env.ROOT / "docs" / "ops" / "configuration.md"
    assert page.read_text(encoding="utf-8") == reference.configuration(), "run `make generated`"


def test_the_figure_of_a_life_is_current() -> None:
    page = (env.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert page == reference.with_figure(page), "run `make generated`"
