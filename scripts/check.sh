#!/bin/bash
# Every gate in turn; all are run, then the failed ones are named.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

gate() {
  local name=$1 begun=$SECONDS
  shift
  if "$@"; then printf '  ✓ %s (%d s)\n' "$name" $((SECONDS - begun)); else printf '  ✗ %s\n' "$name"; failed+=("$name"); fi
}

generated_is_current() {
  local files=(web/openapi.json web/src/api/schema.gen.ts docs/ops/configuration.md docs/architecture.md) kept code=0
  kept=$(mktemp -d)
  cp --parents "${files[@]}" "$kept" || return 1
  scripts/generated.sh || return 1
  for file in "${files[@]}"; do
    cmp -s "$file" "$kept/$file" || { echo "$file 已过期，已重写 was out of date and has been written again"; code=1; }
  done
  rm -rf "$kept"
  return $code
}

gate "ruff check" ruff check --quiet --output-format=concise .
gate "ruff format" ruff format --quiet --check .
gate "mypy --strict" mypy wangge
gate "import-linter" lint-imports --no-cache
gate "migrations" python -m django makemigrations --settings wangge.config.settings --check --dry-run
gate "profile shizhong" python -m wangge.config.cli profile check shizhong
gate "profile lixia" python -m wangge.config.cli profile check lixia
gate "vue-tsc" python scripts/web.py run typecheck
gate "eslint" python scripts/web.py run lint
gate "generated files" generated_is_current

if [ ${#failed[@]} -gt 0 ]; then
  printf '\n未通过 failed: %s\n' "${failed[*]}"
  exit 1
fi
printf '\n全部通过 all passed\n'
