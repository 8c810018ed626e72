"""Everyday names of areas."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from wangge.areas.models import AreaAlias, AreaVersion
from wangge.areas.services.rows import Faults
from wangge.areas.services.versions import writing


def set_aliases(*, pairs: Sequence[tuple[str, str]]) -> int:
    """Add `(area code, alias)` pairs, those known already left alone; raise Invalid for unknown codes."""
    with writing():
        known = dict(AreaVersion.objects.at(timezone.localdate()).values_list("code", "area_id"))
        faults = Faults()
        for number, (code, alias) in enumerate(pairs, start=2):
            if code not in known:
                faults.add(f"row {number}", f"没有编码为“{code}”的区域", f"no area with the code {code!r}")
            elif not 2 <= len(alias) <= 80:
                faults.add(f"row {number}", "别名应为 2 到 80 字", "an alias has 2 to 80 characters")
        faults.stop()
        before = AreaAlias.objects.count()
        AreaAlias.objects.bulk_create(
            [AreaAlias(area_id=known[code], name=alias) for code, alias in pairs], ignore_conflicts=True
        )
        return AreaAlias.objects.count() - before
