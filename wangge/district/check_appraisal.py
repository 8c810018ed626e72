"""Whether the schemes of a profile weigh indicators that exist, of their kind of units and periods."""

from __future__ import annotations

from collections.abc import Iterator

from wangge.appraisal.rules import scheme_faults
from wangge.district.read import Profile
from wangge.district.read_appraisal import SCHEMES
from wangge.district.read_faults import ProfileError


def appraisal_faults(profile: Profile) -> Iterator[ProfileError]:
    part = profile.appraisal
    if part.schemes is None:
        return
    indicators = part.indicators.indicators if part.indicators else {}
    for code, scheme in part.schemes.schemes.items():
        for name, zh, en in scheme_faults(scheme, scheme.unit_kind, scheme.period, indicators):
            yield part.fault(SCHEMES, ("schemes", code, "weights", name), zh, en)
