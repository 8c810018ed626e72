"""The only writers of intake."""

from __future__ import annotations

from wangge.intake.services.imports import ImportBusy, Preview, annotated, fail, preview, run_chunks, start

__all__ = ["ImportBusy", "Preview", "annotated", "fail", "preview", "run_chunks", "start"]
