"""Appraisal over HTTP, below /api/v1/appraisal."""

from __future__ import annotations

from ninja import Router

from wangge.appraisal.api import alarms, appeals, bulletins, exclusions, records, results, schemes

router = Router(tags=["appraisal"])
for part in (alarms, appeals, bulletins, exclusions, records, results, schemes):
    router.add_router("", part.router)
