"""Processes, locks and ports, for what starts and stops them."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(sent: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process `sent` when its parent ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)


def alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie that nobody has collected does not count."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def in_folder(folder: Path) -> list[int]:
    """The running processes whose working directory is `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == folder and alive(int(entry.name)):
                    found.append(int(entry.name))
    return sorted(found)


def wait_until(true: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Poll `true` until it holds; False when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """An open descriptor holding the lock file at `path`, or None when somebody else holds it."""
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            # The former holder may have removed the file between our open and our lock.
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass
        os.close(descriptor)


def unlock(descriptor: int, path: Path) -> None:
    """Remove the lock file at `path` when nobody else shares it, and let go of it."""
    with contextlib.suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock file at `path`; TimeoutError when somebody else holds it for `seconds`."""
    end = time.monotonic() + seconds
    while (descriptor := try_lock(path)) is None:
        if time.monotonic() > end:
            raise TimeoutError(str(path))
        time.sleep(0.05)
    try:
        yield
    finally:
        unlock(descriptor, path)


def reserve_port(host: str, *, first: int = 8000) -> tuple[int, socket.socket]:
    """The first free TCP port from `first` on, and a socket that keeps it from others who ask the same way.

    Web servers share a port among processes of one user (SO_REUSEPORT), so two that pick the same one would answer
    each other's requests in turn. We bind without sharing, which fails where anybody is, and only then share.
    """
    for port in range(first, first + 1000):
        holder = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            holder.bind((host, port))
        except OSError as error:
            holder.close()
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return port, holder
    raise OSError(f"no free port from {first} to {first + 999} on {host}")


def listening(host: str, port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
