"""`python -m benchmarks [claim …]`: all benchmarks or those named, a JSON line each; fails if one misses its goal."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks import _harness


def claims() -> list[str]:
    here = str(Path(__file__).parent)
    return sorted(m.name for m in pkgutil.iter_modules([here]) if not m.name.startswith("_"))


def main(wanted: list[str]) -> int:
    known = claims()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    missed = 0
    for name in wanted or known:
        _harness.progress(f"— {name}")
        for measured in importlib.import_module(f"benchmarks.{name}").run():
            print(measured.line(), flush=True)
            missed += not measured.passed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
