"""Configuration from the environment: one class, every variable typed, documented and read.

`docs/ops/configuration.md` is generated from this class, and a test fails when a field is not used.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

from wangge.kit import keyring, outgoing

ROOT = Path(__file__).resolve().parents[2]
Mode = Literal["development", "demo", "production"]


class UnsafeConfiguration(Exception):
    """The configuration cannot be used; the message says which variable and why."""


def _doc(text: str, default: Any, *, shown: bool = True) -> Any:
    return field(default=default, repr=shown, metadata={"doc": text})


@dataclass(frozen=True)
class Env:
    """Each field `name` is read from the variable `WANGGE_NAME`, or from the file named by `WANGGE_NAME_FILE`."""

    mode: Mode = _doc("development, demo or production; production refuses unsafe settings.", "development")
    database_url: str = _doc(
        "PostgreSQL for the web and worker processes, under the role that row-level security binds. "
        "Empty: the embedded server under the data folder.",
        "",
    )
    database_owner_url: str = _doc("PostgreSQL under the role that owns the tables; used by `wangge migrate` only.", "")
    data_dir: Path = _doc("Folder for the embedded database, attachments, logs and locks.", ROOT / "var")
    secret_key: str = _doc("Signs sessions and public tokens; at least 50 characters.", "", shown=False)
    field_key: str = _doc(
        "Hex of 32 bytes: SM4 key (first 16) that seals personal data, and SM3-HMAC key (last 16) of its indexes "
        "unless `WANGGE_INDEX_KEY` is set. `wangge key new` makes one.",
        "",
        shown=False,
    )
    field_keys_old: tuple[str, ...] = _doc(
        "Former field keys, comma separated or one a line: they still open and find, but seal nothing.",
        (),
        shown=False,
    )
    index_key: str = _doc(
        "Hex of 16 bytes: SM3-HMAC key of the indexes, to rotate them apart from the field key.", "", shown=False
    )
    index_keys_old: tuple[str, ...] = _doc(
        "Former index keys, comma separated or one a line: they still find.", (), shown=False
    )
    allowed_hosts: tuple[str, ...] = _doc(
        "Host names the site answers to, comma separated.", ("localhost", "127.0.0.1")
    )
    host: str = _doc("Address the web server listens on.", "127.0.0.1")
    port: int = _doc("Port of the web server; 0 picks a free one from 8000 on.", 0)
    web_workers: int = _doc("Web processes.", 2)
    pool_size: int = _doc("Database connections per web process.", 10)
    https: bool = _doc("Whether browsers reach the site by HTTPS; sets secure cookies and HSTS.", False)
    profile: str = _doc("District profile: a folder under profiles/ or a path.", "shizhong")
    upload_limit_mb: int = _doc("Largest upload accepted, in MiB.", 25)
    session_hours: int = _doc("Hours until an idle session ends.", 8)
    searches_per_minute: int = _doc(
        "Searches and exports one person may make in a minute, counted in each web process; more are answered 429 "
        "and written to the log. 0: no limit.",
        60,
    )
    leap_hours: float = _doc(
        "By how many hours the database's clock may run ahead of the time that passed before clocks stop firing "
        "until an operator confirms (`wangge clocks resume`).",
        0.5,
    )
    alarm_command: str = _doc(
        "Program the watchdog runs when an alarm is raised or cleared, with its arguments, as words of a shell "
        "but without one; the alarm's kind, state and words follow as four further arguments.",
        "",
    )
    metrics_token: str = _doc(
        "Bearer token for GET /metrics from other machines; empty: only this machine may ask.", "", shown=False
    )
    model_url: str = _doc(
        "Address of an OpenAI-compatible model server of your own (`https://host/v1`) for summaries of cases; nothing "
        "depends on it. Empty: no summaries. What is sent names nobody.",
        "",
    )
    model_key: str = _doc("Bearer key of the model server, if it asks for one.", "", shown=False)
    model_name: str = _doc("Name of the model to ask for.", "default")
    simulation_per_minute: float = _doc("Matters the demo simulation makes per minute; 0 switches it off.", 12.0)

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def production(self) -> bool:
        return self.mode == "production"


def _convert(name: str, kind: str, raw: str) -> Any:
    try:
        if kind == "int":
            return int(raw)
        if kind == "float":
            return float(raw)
    except ValueError as error:
        raise UnsafeConfiguration(f"{name}={raw!r}: a number is needed") from error
    if kind == "bool":
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise UnsafeConfiguration(f"{name}={raw!r}: use true or false")
    if kind == "Path":
        return Path(raw).expanduser().resolve()
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in re.split(r"[,\n]", raw) if part.strip())
    if kind == "Mode" and raw not in get_args(Mode):
        raise UnsafeConfiguration(f"{name}={raw!r}: one of {', '.join(get_args(Mode))} is needed")
    return raw


def read(environ: dict[str, str] | None = None) -> Env:
    """Read the environment; raise UnsafeConfiguration naming the variable and the reason."""
    source = dict(os.environ) if environ is None else environ
    values: dict[str, Any] = {}
    known = set()
    for spec in fields(Env):
        name = f"WANGGE_{spec.name.upper()}"
        known |= {name, f"{name}_FILE"}
        if f"{name}_FILE" in source:
            path = Path(source[f"{name}_FILE"])
            try:
                raw = path.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise UnsafeConfiguration(f"{name}_FILE={path}: cannot be read ({error.strerror})") from error
        elif name in source:
            raw = source[name]
        else:
            continue
        values[spec.name] = _convert(name, cast(str, spec.type), raw)
    unknown = sorted(
        n for n in source if n.startswith("WANGGE_") and n not in known and not n.startswith("WANGGE_TEST_")
    )
    if unknown:
        raise UnsafeConfiguration(f"unknown variables: {', '.join(unknown)} (see docs/ops/configuration.md)")
    env = Env(**values)
    if env.model_url:
        try:
            outgoing.checked(env.model_url)
        except ValueError as error:
            raise UnsafeConfiguration(f"WANGGE_MODEL_URL={env.model_url!r}: {error}") from error
    _refuse_unsafe(env)
    _refuse_bad_keys(env)
    return env


def _refuse_unsafe(env: Env) -> None:
    if not env.production:
        return
    reasons = []
    if len(env.secret_key) < 50:
        reasons.append("WANGGE_SECRET_KEY must have at least 50 characters")
    if not env.field_key:
        reasons.append("WANGGE_FIELD_KEY must be 64 hex digits (`wangge key new` makes one)")
    if not env.https:
        reasons.append("WANGGE_HTTPS must be true: sessions would travel in the clear")
    if "*" in env.allowed_hosts:
        reasons.append("WANGGE_ALLOWED_HOSTS must not be '*'")
    if env.database_url and env.database_url == env.database_owner_url:
        reasons.append("WANGGE_DATABASE_URL must not use the owner role: row-level security would not bind it")
    if env.simulation_per_minute and env.simulation_per_minute != Env().simulation_per_minute:
        reasons.append("WANGGE_SIMULATION_PER_MINUTE belongs to the demo")
    if reasons:
        raise UnsafeConfiguration("refusing to start in production: " + "; ".join(reasons))


def _refuse_bad_keys(env: Env) -> None:
    """In every mode: a wrong key found out late is data nobody can read."""
    if not env.field_key:
        if env.field_keys_old or env.index_key or env.index_keys_old:
            raise UnsafeConfiguration("WANGGE_FIELD_KEY is missing beside the other keys")
        return
    try:
        keyring.ring(env.field_key, env.field_keys_old, env.index_key, env.index_keys_old)
    except keyring.BadKeys as error:
        raise UnsafeConfiguration(f"{error.detail_en} · {error.detail_zh}") from error
