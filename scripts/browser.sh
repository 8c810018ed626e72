#!/bin/bash
# Chromium and a Chinese font for the browser journeys: from Debian's packages where we may, else say what to install.
set -euo pipefail

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }

missing=()
browser >/dev/null || missing+=(chromium)
font || missing+=(fonts-noto-cjk fontconfig)
[ ${#missing[@]} -eq 0 ] && exit 0

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi; }

echo "▶ 安装浏览器与中文字体 Installing ${missing[*]} …"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || tail -n 20 "$log" >&2
fi
if ! browser >/dev/null || ! font; then
  cat >&2 <<SAY

浏览器测试需要 Chromium 和中文字体，请安装后重试：
The browser journeys need Chromium and a Chinese font; install them and try again:

    sudo apt-get install ${missing[*]}
SAY
  exit 1
fi
