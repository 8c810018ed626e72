"""Reading what intake keeps."""

from __future__ import annotations

from wangge.intake.selectors.imports import import_of, imports, owner_of

__all__ = ["import_of", "imports", "owner_of"]
