"""Sheets coming in: kept, mapped, previewed (uploading), run lot by lot (running), decided on, given back (result)."""

from __future__ import annotations

from wangge.registry.services.imports.uploading import (
    ImportRepeated,
    PreviewRow,
    forget_files,
    keys,
    preview,
    reseal,
    sample,
    set_mapping,
    start,
    stop,
    upload,
)

__all__ = [
    "ImportRepeated",
    "PreviewRow",
    "forget_files",
    "keys",
    "preview",
    "reseal",
    "sample",
    "set_mapping",
    "start",
    "stop",
    "upload",
]
