"""Appraisal over HTTP, below /api/v1/appraisal."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["appraisal"])
