#!/bin/bash
# Everything: Python tests with the browser journeys, then the web's own tests; timing at the end.
set -uo pipefail
cd "$(dirname "$0")/.."

begun=$SECONDS
python -m pytest --durations=10 -rfER "$@"
python_code=$?
python_seconds=$((SECONDS - begun))

begun=$SECONDS
python scripts/web.py run test
web_code=$?
web_seconds=$((SECONDS - begun))

verdict() { [ "$1" = 0 ] && echo "通过 passed" || echo "失败 FAILED"; }
printf '\npytest  %s  %d s\nvitest  %s  %d s\n' "$(verdict $python_code)" $python_seconds "$(verdict $web_code)" $web_seconds
[ $python_code = 0 ] && [ $web_code = 0 ]
