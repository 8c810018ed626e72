"""`wangge appraisal rebuild` and `wangge appraisal check`."""

from __future__ import annotations

import argparse
import sys


def _progress(done: int) -> None:
    print(f"  {done}", end="\r", file=sys.stderr, flush=True)


def rebuild(_options: argparse.Namespace) -> None:
    """Every case is counted anew; pages show the old counts until it is done."""
    from wangge.appraisal.services import reckoning

    print(f"重新计数 counted anew {reckoning.rebuild(say=_progress)} 件 cases", flush=True)


def check(options: argparse.Namespace) -> int | None:
    """Everything counted again and compared; 1 when anything differs."""
    from wangge.appraisal import invariants
    from wangge.appraisal.services import proving

    wrong = proving.check(limit=options.most, say=_progress)
    broken = invariants.run()
    for one in broken:
        print(f"{one.zh} · {one.en}: {one.detail}")
    for each in wrong:
        print(f"{each.subject}  {each.detail}")
    print(f"计数核对 counts: {len(wrong) + len(broken) or '全部一致 all exact'}", flush=True)
    return 1 if wrong or broken else None
