"""Permissions of appraisal; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    DECIDE_ALARM = "appraisal:alarm:decide"
    READ_ALARM = "appraisal:alarm:read"
    DECIDE_APPEAL = "appraisal:appeal:decide"
    MAKE_APPEAL = "appraisal:appeal:make"
    MAKE_BULLETIN = "appraisal:bulletin:make"
    ISSUE_BULLETIN = "appraisal:bulletin:issue"
    READ_BULLETIN = "appraisal:bulletin:read"
    DECIDE_EXCLUSION = "appraisal:exclusion:decide"
    CHANGE_RECORD = "appraisal:record:change"
    READ_RECORD = "appraisal:record:read"
    READ_RESULT = "appraisal:result:read"
    DRAFT_SCHEME = "appraisal:scheme:draft"
    PUBLISH_SCHEME = "appraisal:scheme:publish"
