"""Locks, ports and lives of processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wangge.kit import proc


def test_a_lock_is_held_by_one_and_its_file_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = proc.try_lock(path)
    assert held is not None
    assert proc.try_lock(path) is None
    with pytest.raises(TimeoutError), proc.locked(path, seconds=0.1):
        pass
    proc.unlock(held, path)
    assert not path.exists()
    with proc.locked(path, seconds=0):
        assert path.exists()
    assert not path.exists()


def test_a_shared_lock_keeps_its_file_until_the_last_one_leaves(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = proc.try_lock(path, shared=True), proc.try_lock(path, shared=True)
    assert first is not None
    assert second is not None
    proc.unlock(first, path)
    assert path.exists()
    assert proc.try_lock(path) is None
    proc.unlock(second, path)
    assert not path.exists()


def test_the_kernel_drops_the_lock_of_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = "import sys, time, pathlib; from wangge.kit import proc\n"
    script += "proc.try_lock(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert proc.try_lock(path) is None
        holder.kill()
        holder.wait()
    held = proc.try_lock(path)
    assert held is not None
    proc.unlock(held, path)


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert proc.wait_until(lambda: not proc.alive(child.pid), seconds=10)
    assert Path(f"/proc/{child.pid}").exists()  # nobody has collected it yet
    child.wait()
    assert proc.alive(os.getpid())


def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    grandchild = (
        "import time; from wangge.kit import proc; proc.die_with_parent(); print('up', flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {grandchild!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        assert proc.alive(pid)
        started.send_signal(signal.SIGKILL)
        started.wait()
    assert proc.wait_until(lambda: not proc.alive(pid), seconds=10)


def test_a_reserved_port_is_refused_to_the_next_and_usable_by_a_sharing_server() -> None:
    port, held = proc.reserve_port("127.0.0.1", first=21000)
    other, also = proc.reserve_port("127.0.0.1", first=port)
    assert other != port
    assert not proc.listening("127.0.0.1", port)
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        assert proc.listening("127.0.0.1", port)
    held.close()
    also.close()


def test_waiting_gives_up_in_time() -> None:
    begun = time.monotonic()
    assert not proc.wait_until(lambda: False, seconds=0.2)
    assert time.monotonic() - begun < 2
