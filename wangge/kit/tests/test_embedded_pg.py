"""The embedded server with real servers: kills, sharing, two folders at once, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from wangge.kit import embedded_pg, proc

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    embedded_pg.stop(folder)


def one(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def assert_nothing_left(server: embedded_pg.Server) -> None:
    assert not proc.alive(server.pid)
    assert proc.in_folder(server.data_dir) == []
    assert not server.socket_dir.exists()
    beside = {path.name for path in server.data_dir.parent.iterdir()}
    assert beside == {server.data_dir.name, f"{server.data_dir.name}.log"}


def test_it_starts_safe_listens_on_no_port_and_leaves_nothing(data_dir: Path) -> None:
    with embedded_pg.using(data_dir) as server:
        assert one(server.app_url, "select current_user") == "wangge_app"
        assert one(server.owner_url, "select current_user") == "wangge_owner"
        for name in embedded_pg.SAFE:
            assert one(server.app_url, f"show {name}") == "on"
        assert one(server.app_url, "show listen_addresses") == ""
        bypass = "select bool_or(rolsuper or rolbypassrls) from pg_roles where rolname like 'wangge%'"
        assert one(server.app_url, bypass) is False
        assert server.socket_dir.stat().st_mode & 0o077 == 0
    assert_nothing_left(server)


def test_what_was_acknowledged_is_there_after_a_kill_of_the_postmaster(data_dir: Path) -> None:
    with embedded_pg.using(data_dir) as server:
        run(server.owner_url, "create table kept (n int)")
        run(server.owner_url, "insert into kept values (42)")
        os.kill(server.pid, signal.SIGKILL)
        with embedded_pg.using(data_dir) as again:
            assert again.pid != server.pid
            assert one(again.owner_url, "select n from kept") == 42
    assert_nothing_left(again)


def test_a_number_given_to_another_process_does_not_hinder_the_start(data_dir: Path) -> None:
    with embedded_pg.using(data_dir) as server:
        content = (data_dir / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        os.kill(server.pid, signal.SIGKILL)
        assert proc.wait_until(lambda: not proc.in_folder(data_dir), seconds=10)
        # We stand for the unrelated process that now has the number.
        (data_dir / "postmaster.pid").write_text("\n".join([str(os.getpid()), *content[1:]]), encoding="utf-8")
        assert embedded_pg.running(data_dir) is None
        with embedded_pg.using(data_dir) as again:
            assert one(again.app_url, "select 1") == 1
    assert_nothing_left(again)


def test_two_folders_run_at_once(tmp_path: Path) -> None:
    with (
        embedded_pg.using(tmp_path / "one" / "postgres") as first,
        embedded_pg.using(tmp_path / "two" / "postgres") as second,
    ):
        assert first.socket_dir != second.socket_dir
        assert one(first.app_url, "select 1") == one(second.app_url, "select 1") == 1
    assert_nothing_left(first)
    assert_nothing_left(second)


def test_a_second_user_shares_and_only_the_last_one_stops(data_dir: Path) -> None:
    with embedded_pg.using(data_dir) as outer:
        with embedded_pg.using(data_dir) as inner:
            assert inner.pid == outer.pid
        assert one(outer.app_url, "select 1") == 1
    assert_nothing_left(outer)


def test_a_killed_user_does_not_keep_the_server_up(data_dir: Path) -> None:
    script = (
        "import sys, time, pathlib; from wangge.kit import embedded_pg\n"
        "with embedded_pg.using(pathlib.Path(sys.argv[1])): print('up', flush=True); time.sleep(600)"
    )
    user = subprocess.Popen([sys.executable, "-c", script, str(data_dir)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    assert user.stdout.readline() == b"up\n"
    user.kill()
    user.wait()
    user.stdout.close()
    with embedded_pg.using(data_dir) as server:
        assert one(server.app_url, "select 1") == 1
    assert_nothing_left(server)


def test_an_interrupted_initdb_leaves_no_half_database(data_dir: Path) -> None:
    half = data_dir.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18", encoding="utf-8")
    with embedded_pg.using(data_dir) as server:
        assert one(server.app_url, "select 1") == 1
    assert_nothing_left(server)


def test_a_folder_with_other_things_is_refused_and_untouched(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "letter.txt").write_text("mine", encoding="utf-8")
    with (
        pytest.raises(embedded_pg.EmbeddedServerError, match="neither empty nor"),
        embedded_pg.using(data_dir),
    ):
        pass
    assert (data_dir / "letter.txt").read_text(encoding="utf-8") == "mine"


def test_a_socket_folder_of_somebody_else_is_refused(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with embedded_pg.using(data_dir) as server:
        planted = server.socket_dir
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    with (
        pytest.raises(embedded_pg.EmbeddedServerError, match="closed to others"),
        embedded_pg.using(data_dir),
    ):
        pass
    planted.rmdir()


def test_a_long_path_still_has_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100) / "postgres"
    with embedded_pg.using(deep) as server:
        assert len(str(server.socket_dir)) <= embedded_pg.SOCKET_DIR_LIMIT
        assert one(server.app_url, "select 1") == 1
    assert_nothing_left(server)
