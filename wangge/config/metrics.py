"""GET /metrics: the numbers of the monitoring page for Prometheus. No personal data, and not for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from wangge.casework.models import AlarmKind
from wangge.casework.selectors import monitor
from wangge.config import problems
from wangge.kit.errors import NotFound
from wangge.org import scope

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
Labels = Mapping[str, str]


@dataclass
class Family:
    """One metric with all its samples."""

    name: str
    kind: str  # gauge, counter, summary
    help: str
    samples: list[tuple[str, Labels, float]] = field(default_factory=list)

    def add(self, value: float, suffix: str = "", **labels: str) -> Family:
        self.samples.append((suffix, labels, value))
        return self

    def lines(self) -> Iterator[str]:
        yield f"# HELP wangge_{self.name} {self.help}"
        yield f"# TYPE wangge_{self.name} {self.kind}"
        for suffix, labels, value in self.samples:
            number = repr(float(value))
            named = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"wangge_{self.name}{suffix}{{{named}}} {number}" if named else f"wangge_{self.name}{suffix} {number}"


def page(request: HttpRequest) -> HttpResponse:
    """To this machine, or for the token; to everybody else there is no such page."""
    if request.method not in {"GET", "HEAD"} or not _allowed(request):
        return problems.render(NotFound())
    try:
        with scope.acting(scope.system_actor("metrics")):
            found = [Family("database_up", "gauge", "Whether the database answers.").add(1), *_families()]
    except DatabaseError:
        connections.close_all()
        found = [Family("database_up", "gauge", "Whether the database answers.").add(0)]
    response = HttpResponse(exposition(found), content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def exposition(families: Iterable[Family]) -> str:
    return "\n".join(line for family in families for line in family.lines()) + "\n"


def _allowed(request: HttpRequest) -> bool:
    token = settings.WANGGE.metrics_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bool(token) and constant_time_compare(given.strip(), token)
    # A proxy on this machine passes on what comes from elsewhere, and says so; a page of another site that is opened
    # here asks under a name of its own.
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        request.get_host()
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except (ValueError, DisallowedHost):
        return False


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _gauge(name: str, text: str, value: float) -> Family:
    return Family(name, "gauge", text).add(value)


def _families() -> Iterator[Family]:
    seen = monitor.document()
    clocks, canary, outbox = seen["clocks"], seen["canary"], seen["outbox"]
    yield _gauge("clock_stopped", "Whether firing is stopped after a leap of the clock.", seen["clock"]["stopped"])
    yield _gauge("clocks_open", "Clocks that are still to fire, counted to 100000.", clocks["open"])
    yield _gauge("clocks_due", "Clocks whose time has come.", clocks["due"])
    yield _gauge("clocks_stuck", "Clocks due for more than a minute.", clocks["stuck"])
    yield _gauge("clock_oldest_due_seconds", "How long the oldest due clock has waited.", clocks["oldest_seconds"])
    yield _gauge("cases_overdue", "Open cases past their due time.", clocks["overdue_cases"])
    yield _gauge("notices_unanswered", "Notices that wait for an answer.", clocks["unanswered"])
    yield from _fired(seen["fired"])
    yield from _processes(seen["processes"])
    yield _gauge("canary_missed", "Canary timers missed in a row.", canary["missed"])
    if canary["last_ms"] is not None:
        yield _gauge("canary_lateness_seconds", "How late the last canary fired.", canary["last_ms"] / 1000)
    yield _gauge("outbox_unsent", "Messages that wait to leave, counted to 100000.", outbox["unsent"])
    yield _gauge("outbox_oldest_seconds", "How long the oldest message has waited.", outbox["oldest_seconds"])
    jobs = Family("jobs", "gauge", "Jobs in the queue by their state.")
    for state, count in sorted(seen["jobs"].items()):
        jobs.add(count, state=state)
    yield jobs
    open_ones = {one["kind"] for one in seen["alarms"] if one["cleared_at"] is None}
    alarms = Family("alarm", "gauge", "Whether an alarm of the kind is open.")
    for kind in AlarmKind:
        alarms.add(kind in open_ones, kind=kind.value)
    yield alarms
    safe = Family("database_setting_safe", "gauge", "Whether the setting keeps what was acknowledged.")
    for one in seen["settings"]:
        safe.add(one["safe"], name=one["name"])
    yield safe
    yield from _requests()


def _fired(fired: Mapping[str, Any]) -> Iterator[Family]:
    yield _gauge("fired_last_hour", "Clocks fired within the last hour.", fired["fired"])
    late = Family("lateness_seconds", "gauge", "How late clocks fired within the last hour.")
    for name, share in (("p50", "0.5"), ("p99", "0.99"), ("p999", "0.999")):
        if fired[name] is not None:
            late.add(fired[name] / 1000, quantile=share)
    yield late


def _processes(lives: Iterable[Mapping[str, Any]]) -> Iterator[Family]:
    alive = Family("processes_alive", "gauge", "Processes that gave a sign of life within half a minute.")
    age = Family("process_beat_age_seconds", "gauge", "Seconds since a process gave its last sign of life.")
    counts = dict.fromkeys(("worker", "web", "watchdog"), 0)
    for one in lives:
        if one["role"] in counts:
            counts[one["role"]] += one["alive"]
            age.add(one["seconds"], process=one["name"])
    for role, count in counts.items():
        alive.add(count, role=role)
    yield from (alive, age)


def _requests() -> Iterator[Family]:
    answered = Family("requests_total", "counter", "Requests answered, by web process and route.")
    took = Family("request_seconds", "summary", "Seconds spent answering, by web process and route.")
    for process, rows in monitor.traffic().items():
        for method, route, status, count, seconds in rows:
            labels = {"process": process, "method": method, "route": route}
            answered.add(count, **labels, status=status)
            took.add(seconds, "_sum", **labels, status=status)
            took.add(count, "_count", **labels, status=status)
    yield from (answered, took)
