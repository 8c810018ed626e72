#!/bin/bash
# Files written from the code: the API's schema, the web's types of it, the page of settings, the figure of a case's life.
set -euo pipefail
cd "$(dirname "$0")/.."
python -m wangge.config.cli openapi web/openapi.json
python -m wangge.config.cli configuration docs/ops/configuration.md
python -m wangge.config.cli figure docs/architecture.md
python scripts/web.py run gen:api >/dev/null
