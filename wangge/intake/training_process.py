"""`python -m wangge.intake.training_process ID`: learning beside the worker, so that its clocks are not held up.

The process is nicer than the others, gives back its memory when it ends, and stops when whoever started it is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from uuid import UUID

BEAT_EVERY = 20.0


def start(model_id: UUID) -> int:
    """Run to the end; the exit code."""
    return subprocess.run([sys.executable, "-m", __name__, str(model_id)], check=False).returncode


def main(model_id: UUID) -> None:
    os.nice(10)
    import django

    django.setup()
    from wangge.intake.services import matter
    from wangge.responsibility import services as versions

    parent, over, wanted = os.getppid(), threading.Event(), threading.Event()
    wanted.set()

    def beat() -> None:
        while not over.wait(BEAT_EVERY):
            if os.getppid() != parent or not versions.alive(model_id=model_id):
                wanted.clear()
                return

    threading.Thread(target=beat, daemon=True).start()
    try:
        matter.run(model_id=model_id, wanted=wanted.is_set)
    finally:
        over.set()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
    main(UUID(sys.argv[1]))
