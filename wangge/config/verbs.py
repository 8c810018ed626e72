"""The commands that call into the apps, each importing only the app it needs: a command starts as fast as it can."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wangge.config import bootstrap
from wangge.kit.errors import Invalid, field_error

if TYPE_CHECKING:
    from wangge.district.population import Size

RETRY_SECONDS = 2.0


def simulate(_options: argparse.Namespace) -> None:
    """Make and move matters until told to stop; a district without any is first given a past."""
    from django.conf import settings
    from django.db import DatabaseError, connections

    from wangge.district import simulation

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            simulation.run(stopping, per_minute=settings.WANGGE.simulation_per_minute)
        except DatabaseError:
            connections.close_all()
            stopping.wait(RETRY_SECONDS)


def migrate(options: argparse.Namespace) -> None:
    """As the owner of the tables; then the application role gets its rights."""
    from django.core.management import call_command
    from django.db import connections

    from wangge.kit import grants

    call_command("migrate", database="owner", verbosity=0 if options.quiet else 1, interactive=False)
    grants.grant(connections["owner"])


def profile_load(options: argparse.Namespace) -> None:
    from wangge.district import load

    load.load(options.profile, population=options.population, say=_say)
    if options.population:
        _populate("demo")


def profile_check(options: argparse.Namespace) -> None:
    bootstrap.django()  # knows every app's permissions; the database is not asked
    from wangge.district import check

    check.check(options.profile)
    _say(f"{options.profile}: 没有问题 no faults")


def registry_populate(options: argparse.Namespace) -> None:
    _populate(options.size, options.seed)


def _populate(size: Size, seed: int | None = None) -> None:
    """Then look at the tables, so that the first plans are the right ones."""
    from django.db import connections

    from wangge.district import population

    _say("虚构人口 Made-up population")
    done = population.populate(
        size=size, seed=population.SEED if seed is None else seed, processes=os.cpu_count() or 1, say=_say
    )
    if done.changed:
        with connections["owner"].cursor() as cursor:
            cursor.execute("analyze")
    told = "，".join(f"{name} {count}" for name, count in done.counts.items()) or "已有 already here"
    _say(f"{told}（{done.seconds:.1f} s）")


def user_create(options: argparse.Namespace) -> None:
    from wangge.org import scope, selectors
    from wangge.org import services as org

    with scope.acting(scope.system_actor("wangge user create")) as actor:
        post = org.PostWish(unit_id=selectors.unit_by_code(options.unit).id, role=options.role)
        user, password = org.create_user(username=options.username, name=options.name, posts=[post], by=actor)
    _say(f"{user.username} 的初始密码，只显示这一次 first password, shown this once: {password}")


def areas_import(options: argparse.Namespace) -> None:
    from wangge.areas import services as areas
    from wangge.org import scope

    with scope.acting(scope.system_actor("wangge areas import")) as actor:
        done = areas.import_file(
            data=options.file.read_bytes(),
            filename=options.file.name,
            crs=options.crs,
            dry_run=options.dry_run,
            by=actor,
        )
    _say(f"新增 created {done.created} · 变更 changed {done.changed} · 未变 unchanged {done.unchanged}")
    if not options.dry_run:
        registry_follow(options)


def registry_follow(_options: argparse.Namespace) -> None:
    from wangge.org import scope
    from wangge.registry.services import division

    with scope.acting(scope.system_actor("wangge registry follow")) as actor:
        done = division.follow(by=actor)
    moved = " · ".join(f"{name} {count}" for name, count in done.moved.items()) or "0"
    _say(f"随区划调整 moved: {moved}；不在任何区划内 in no area: {done.unplaced}")


def intake_import(options: argparse.Namespace) -> int | None:
    from wangge.intake import fields, services
    from wangge.org import scope

    actor = scope.system_actor("wangge intake import")
    with scope.acting(actor):
        preview = services.preview(
            data=options.file.read_bytes(),
            filename=options.file.name,
            channel=options.channel,
            mapping={name: column for column, name in _pairs("--map", options.map)} or None,
            options=fields.OPTIONS.validate_python({k: _value(v) for k, v in _pairs("--option", options.option)}),
            by=actor,
        )
    for name, column in preview.run.mapping.items():
        _say(f"  {column} → {name}")
    _say(f"{preview.run.total} 行 rows · {len({p['row'] for p in preview.problems})} 行有误 with faults")
    if options.preview:
        for problem in preview.problems:
            _say(f"  {problem['row']} {problem['at']}: {problem['zh']} · {problem['en']}")
        return None
    with scope.acting(actor):
        services.start(import_id=preview.run.id, by=actor)
    run = services.run_chunks(import_id=preview.run.id, by=actor, progress=_progress)
    if options.result:
        with scope.acting(actor):
            options.result.write_bytes(services.annotated(run=run))
    _say(
        f"新建 created {run.created} · 待人工 queued for a person {run.queued} · "
        f"已有 already here {run.duplicate} · 有误 failed {run.failed}"
    )
    return None if run.created + run.duplicate + run.failed == run.total else 1


def registry_import(options: argparse.Namespace) -> None:
    from wangge.org import scope
    from wangge.registry.models import ImportState
    from wangge.registry.selectors import imports as reading
    from wangge.registry.services import imports
    from wangge.registry.services.imports import result as imports_result
    from wangge.registry.services.imports import running as imports_running

    actor = scope.system_actor("wangge registry import")
    with scope.acting(actor):
        try:
            with options.file.open("rb") as source:
                run = imports.upload(
                    source=source, filename=options.file.name, kind=options.kind, origin=options.source, by=actor
                )
        except imports.ImportRepeated as repeated:
            run = reading.import_of(repeated.extra["import_id"], by=actor)
            if run.state in {ImportState.DONE, ImportState.CONFLICTS} and not options.again:
                raise
    with scope.acting(actor):
        if options.map and not run.next_row:
            run = imports.set_mapping(
                import_id=run.id, mapping=run.mapping | dict(_pairs("--map", options.map)), by=actor
            )
        for name, column in run.mapping.items():
            _say(f"  {column} → {name}")
        if options.preview:
            for row in imports.preview(run=run, by=actor):
                for error in row.errors:
                    _say(f"  {row.row} {error['at']}: {error['zh']} · {error['en']}")
            return
        run = imports.start(import_id=run.id, by=actor)
    done = imports_running.run_lots(import_id=run.id, by=actor, progress=lambda now: _progress(now.next_row, now.total))
    if options.result:
        with scope.acting(actor), options.result.open("wb") as out:
            imports_result.write(run=done, out=out)
    _say(
        f"新增 created {done.created} · 补充 filled in {done.changed} · 相同 the same {done.same} · "
        f"待定 to be decided {done.conflicts} · 有误 failed {done.failed}"
    )


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else "\r"
    print(f"  {done}/{total}", end=end, file=sys.stderr, flush=True)


def check_owners(options: argparse.Namespace) -> int | None:
    from django.utils import timezone

    from wangge.org import scope
    from wangge.responsibility import selectors as responsibility

    with scope.acting(scope.system_actor("wangge check owners")):
        at = dt.date.fromisoformat(options.at) if options.at else timezone.localdate()
        report = responsibility.check_owners(at)
    _list("没有清单 no list", [f"{one.zh} · {one.en}" for one in report.unlisted])
    _list("无主 holes", [f"{one.zh} · {one.en}" for one in report.holes])
    _list("重叠 overlaps", [f"{one.zh} · {one.en}" for one in report.overlaps])
    _list("所指不存在 dangling", [f"{one.zh} · {one.en}" for one in report.dangling])
    _say(f"核对 checked {report.checked} = {report.places} 处 places × {report.categories} 类 categories × 时段 times")
    return None if report.whole and not report.dangling else 1


def check_invariants(_options: argparse.Namespace) -> int | None:
    from wangge.audit import selectors as audit
    from wangge.casework import invariants
    from wangge.divisions import invariants as divisions
    from wangge.org import scope
    from wangge.registry import invariants as registry

    with scope.acting(scope.system_actor("wangge check invariants")):
        violations = invariants.run() + registry.run() + divisions.run()
        chains = audit.verify_all()
    _list("不变式 invariants", [f"{one.zh} · {one.en}: {one.subject_id} {one.detail}" for one in violations])
    _list("日志链 log chain", [str(one) for one in chains.breaks])
    return 1 if violations or chains.breaks else None


def _list(name: str, found: Sequence[str]) -> None:
    _say(f"{name}: {len(found) or '没有问题 none'}")
    for one in found[:200]:
        _say(f"  {one}")


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [tuple(text.split("=", 1)) for text in texts]
    wrong = [text for text, pair in zip(texts, pairs, strict=True) if len(pair) != 2]
    if wrong:
        raise Invalid(
            errors=[field_error(option, f"“{text}”应写成 名称=值", f"{text!r} should be NAME=value") for text in wrong]
        )
    return [(pair[0], pair[1]) for pair in pairs]


def _value(text: str) -> Any:
    """`true`, numbers and objects as JSON; anything else as it stands."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _say(text: str) -> None:
    print(text, flush=True)
