#!/bin/bash
# The virtual environment and the pinned dependencies. Called by make when the lock or the project file changed.
set -euo pipefail
cd "$(dirname "$0")/.."
begun=$SECONDS

fail() { printf '\n%s\n' "$@" >&2; exit 1; }

command -v "$PYTHON" >/dev/null || fail "没有找到 $PYTHON。$PYTHON was not found: install Python 3.11 or newer, or name it: make PYTHON=python3.12 …"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "需要 Python 3.11 以上。Python 3.11 or newer is needed; $PYTHON is $("$PYTHON" -V 2>&1). Name another: make PYTHON=python3.12 …"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi; }

if ! "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null; then
  version=$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  echo "▶ 安装 $version Installing $version …"
  if command -v apt-get >/dev/null && { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$version"; } >/dev/null; then :
  else fail "请先安装：apt-get install $version" "Please install it first: apt-get install $version"; fi
fi

if ! "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "▶ 建立虚拟环境 Creating the virtual environment …"
  "$PYTHON" -m venv --clear "$VENV"
fi

echo "▶ 安装依赖（首次约一分钟）Installing dependencies (about a minute the first time) …"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$VENV/bin/python" -m pip --disable-pip-version-check --no-input install --progress-bar off \
  --require-hashes --no-deps -r requirements.lock 2>&1 | tee "$log" |
  awk '/^(Collecting|Requirement already)/ { if (++n % 10 == 0) { printf "  %d packages\n", n; fflush() } }
    /^Installing collected/ { print "  安装中 unpacking …"; fflush() }'; then
  tail -n 20 "$log" >&2
  fail "依赖安装失败，见上。Installing the dependencies failed, see above."
fi
# The package itself: a path entry and its `wangge` program, without building anything.
site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/wangge.pth"
cat > "$VENV/bin/wangge" <<PROGRAM
#!/bin/sh
exec "$(cd "$VENV" && pwd)/bin/python" -m wangge.config.cli "\$@"
PROGRAM
chmod +x "$VENV/bin/wangge"
touch "$VENV/.installed"
echo "  ✓ $((SECONDS - begun)) s"
