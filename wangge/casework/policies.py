"""Permissions of casework; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    ACCEPT = "casework:case:accept"
    ACKNOWLEDGE = "casework:order:acknowledge"
    ANSWER_NOTICE = "casework:notice:answer"
    ASK_TIME = "casework:time:ask"
    CALL_BACK = "casework:case:call_back"
    CANCEL = "casework:case:cancel"
    CARRY_OVER = "casework:case:carry_over"
    CLOSE = "casework:case:close"
    COMMENT = "casework:case:comment"
    DECIDE_TIME = "casework:time:decide"
    DISPATCH = "casework:case:dispatch"
    ESCALATE = "casework:case:escalate"
    EXPORT = "casework:case:export"
    HANDLE = "casework:order:handle"
    HANDLE_ON_THE_SPOT = "casework:case:handle_on_the_spot"
    LOOK = "casework:reporter:look"
    MERGE = "casework:case:merge"
    RATE = "casework:case:rate"
    READ = "casework:case:read"
    REASSIGN = "casework:case:reassign"
    REGISTER = "casework:case:register"
    REMIND = "casework:case:remind"
    REOPEN = "casework:case:reopen"
    REPORT_IN = "casework:whistle:report_in"
    RULE = "casework:case:rule"
    SEND_BACK = "casework:order:send_back"
    SUBMIT = "casework:case:submit"
    SUPERVISE = "casework:case:supervise"
    VERIFY = "casework:case:verify"
    WHISTLE = "casework:whistle:call"
    WHISTLE_END = "casework:whistle:end"
