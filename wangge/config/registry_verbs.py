"""`wangge registry reseal` and `wangge registry retention`."""

from __future__ import annotations

import argparse
import sys

from wangge.kit.errors import Problem


def _progress(done: int, total: int) -> None:
    print(f"  {done}/{total}", end="\r", file=sys.stderr, flush=True)


def reseal(options: argparse.Namespace) -> int:
    """Go on with a run that was cut short, or begin; then say which keys are still needed."""
    from wangge.org import scope
    from wangge.registry.services import rotation

    if not options.report:
        sealed = rotation.reseal(say=_progress)
        print(f"重新加密 sealed anew {sealed.done} · 打不开 not opened {sealed.detail['failed']}")
        with scope.acting(scope.system_actor("wangge registry reseal")):
            done = rotation.reindexed()
        if options.reindex or not done:
            indexed = rotation.reindex(say=_progress)
            print(f"重建索引 indexed anew {indexed.done}")
    for use in rotation.key_uses_of_all():
        said = "现用 seals" if use.current else "旧 opens only" if use.at_hand else "缺失 MISSING"
        print(f"{use.key_id}  {said}  {use.rows}  " + ", ".join(f"{name} {rows}" for name, rows in use.tables.items()))
    try:
        rotation.refuse_lost_keys()
    except Problem as lost:
        print(f"{lost.detail_zh}\n{lost.detail_en}", file=sys.stderr)
        return 1
    return 0


def retention(options: argparse.Namespace) -> int:
    """Counts of what is due; without --dry-run it is erased, and the proof printed."""
    from wangge.registry.services import retention as keeping

    for one in keeping.due():
        held = f" · 暂留 held {one.held}" if one.held else ""
        print(f"{one.code}  {one.name} {one.name_en}  {one.days} 天 days  到期 due {one.due}{held}")
    if options.dry_run:
        return 0
    for job in keeping.run():
        digest = bytes(job.digest or b"").hex()
        print(f"{job.detail['class']}: 已删除 erased {job.done} · 凭证 proof {job.pk} SM3 {digest}")
    return 0
