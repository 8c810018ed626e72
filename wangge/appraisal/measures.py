"""What is counted: the measures an indicator is made of, each with its exact definition.

A count has a day (local, Asia/Shanghai), a unit whose it is, and the area of its case. What can be divided by
something is counted on the very day and for the very unit of what it is divided by, so a share is never above one.
Imported history is counted nowhere: nobody here promised anything about it. A merged case is no second matter
(`submitted`, `on_the_spot`), but what was promised to its caller counts as any promise does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from typing_extensions import override


class Measure(StrEnum):
    """In the order of the counts that are kept: append only, never reorder."""

    SUBMITTED = "submitted"
    ON_THE_SPOT = "on_the_spot"
    CLOSED = "closed"
    CLOSED_IN_TIME = "closed_in_time"
    DUE = "due"
    DUE_KEPT = "due_kept"
    OVERDUE = "overdue"
    ACK_DUE = "ack_due"
    ACK_MET = "ack_met"
    REPORT_DUE = "report_due"
    REPORT_MET = "report_met"
    HANDLE_DUE = "handle_due"
    HANDLE_MET = "handle_met"
    ASKED = "asked"
    REACHED = "reached"
    RATED = "rated"
    SATISFIED = "satisfied"
    RATED_PROCESS = "rated_process"
    SATISFIED_PROCESS = "satisfied_process"
    RESOLVED_ASKED = "resolved_asked"
    RESOLVED = "resolved"
    REWORK = "rework"
    REOPENED = "reopened"
    SENT_BACK = "sent_back"
    REDISPATCHED = "redispatched"
    ESCALATED = "escalated"
    EXTENDED = "extended"
    CARRIED_OVER = "carried_over"
    SETTLED = "settled"
    SETTLED_GRID = "settled_grid"
    SETTLED_COMMUNITY = "settled_community"
    SETTLED_SUBDISTRICT = "settled_subdistrict"
    SETTLED_DISTRICT = "settled_district"
    WHISTLES = "whistles"
    GRADED = "graded"
    GRADE_SUM = "grade_sum"
    CANCELLED = "cancelled"
    SUPERVISED = "supervised"
    ACCOUNTED = "accounted"


MEASURES = tuple(Measure)
CODE = {measure: position for position, measure in enumerate(MEASURES, start=1)}
"""Where a measure's count stands in what is kept, from one."""


class Spread(StrEnum):
    """Times whose distribution is kept, in natural minutes, pauses included."""

    FIRST_RESPONSE = "first_response"
    HANDLING = "handling"
    CLOSING = "closing"


class Definition(NamedTuple):
    """What an auditor reads: what counts as one, on which day, for which unit."""

    zh: str
    en: str
    counts: str
    day: str
    unit: str


_LEAD = "主办单位"
_DID = "最近完成办理的单位；没有则为主办单位"
DEFINITIONS: Mapping[Measure, Definition] = {
    Measure.SUBMITTED: Definition(
        "受理量", "Submitted", "一件事项；合并到别案的不再计一件，作废的仍计，未诉先办的不计", "提交日", _LEAD
    ),
    Measure.ON_THE_SPOT: Definition("随手处置", "On the spot", "随手处置的事项，合并的除外", "提交日", _LEAD),
    Measure.CLOSED: Definition(
        "办结量", "Closed", "现处于已办结的事项；重办后收回，再办结再计", "最后一次办结日", _LEAD
    ),
    Measure.CLOSED_IN_TIME: Definition("按期办结", "Closed in time", "其中按期办结的", "同办结量", _LEAD),
    Measure.DUE: Definition(
        "到期承诺", "Whole promises decided", "一次全程承诺已有结果：兑现或逾期", "兑现日；逾期的为到期日", _LEAD
    ),
    Measure.DUE_KEPT: Definition("兑现承诺", "Whole promises kept", "其中按期兑现的", "同到期承诺", _LEAD),
    Measure.OVERDUE: Definition("超期", "Overdue", "其中逾期的；之后撤销时限也不抹去", "到期日", _LEAD),
    Measure.ACK_DUE: Definition(
        "应签收", "Acknowledgements decided", "一张工单的签收时限已有结果", "签收日；逾期的为到期日", "工单单位"
    ),
    Measure.ACK_MET: Definition("按期签收", "Acknowledged in time", "其中按期签收的", "同应签收", "工单单位"),
    Measure.REPORT_DUE: Definition(
        "应报到", "Report-ins decided", "一个被吹哨单位的报到时限已有结果", "报到日；逾期的为到期日", "被吹哨单位"
    ),
    Measure.REPORT_MET: Definition("按期报到", "Reported in in time", "其中按期报到的", "同应报到", "被吹哨单位"),
    Measure.HANDLE_DUE: Definition(
        "应处置", "Handlings decided", "一张工单一个阶段的处置时限已有结果", "完成日；逾期的为到期日", "工单单位"
    ),
    Measure.HANDLE_MET: Definition("按期处置", "Handled in time", "其中按期完成的", "同应处置", "工单单位"),
    Measure.ASKED: Definition("回访", "Called back", "一轮回访，不论打了几次", "该轮第一次拨打日", _DID),
    Measure.REACHED: Definition("回访接通", "Reached", "其中至少一次接通的", "同回访", _DID),
    Measure.RATED: Definition("评价", "Rated", "诉求人的一次结果评价；重办前的评价仍计", "评价日", _DID),
    Measure.SATISFIED: Definition("满意", "Satisfied", "其中 4 分以上的", "同评价", _DID),
    Measure.RATED_PROCESS: Definition("过程评价", "Process rated", "诉求人的一次过程评价", "评价日", _DID),
    Measure.SATISFIED_PROCESS: Definition("过程满意", "Satisfied with it", "其中 4 分以上的", "同过程评价", _DID),
    Measure.RESOLVED_ASKED: Definition("问及是否解决", "Asked if resolved", "诉求人答了是否解决", "答复日", _DID),
    Measure.RESOLVED: Definition("解决", "Resolved", "其中答已解决的", "同问及是否解决", _DID),
    Measure.REWORK: Definition("返工", "Done again", "一次核查不通过", "核查日", "须重做的单位"),
    Measure.REOPENED: Definition("重办", "Reopened", "一次重办，含因不满意自动重办", "重办日", _DID),
    Measure.SENT_BACK: Definition("退单", "Sent back", "一次退单", "退单日", "退单单位"),
    Measure.REDISPATCHED: Definition(
        "二次派遣",
        "Dispatched again",
        "首次之后的再次派单，或改换主办单位的转派；重办后的派单不计",
        "派单日",
        "新主办单位",
    ),
    Measure.ESCALATED: Definition("提级", "Escalated", "一次提级", "提级日", "原主办单位"),
    Measure.EXTENDED: Definition("延期", "Extended", "一次同意的延期", "同意日", "申请单位"),
    Measure.CARRIED_OVER: Definition("挂账", "Carried over", "一次同意的挂账", "同意日", "申请单位"),
    Measure.SETTLED: Definition("化解", "Settled", "有主办单位的办结事项", "同办结量", _LEAD),
    Measure.SETTLED_GRID: Definition("网格化解", "Settled by the grid", "其中主办为网格队伍的", "同办结量", _LEAD),
    Measure.SETTLED_COMMUNITY: Definition(
        "社区化解", "Settled by the community", "其中主办为社区的", "同办结量", _LEAD
    ),
    Measure.SETTLED_SUBDISTRICT: Definition(
        "街道化解", "Settled by the subdistrict", "其中主办为街道的", "同办结量", _LEAD
    ),
    Measure.SETTLED_DISTRICT: Definition(
        "区级化解", "Settled by the district", "其中主办为区直部门、指挥中心、专营单位或区领导机关的", "同办结量", _LEAD
    ),
    Measure.WHISTLES: Definition("被吹哨", "Whistled for", "被一次吹哨点名", "吹哨日", "被吹哨单位"),
    Measure.GRADED: Definition("吹哨评价", "Whistle grades", "吹哨单位的一次评价", "评价日", "被吹哨单位"),
    Measure.GRADE_SUM: Definition("吹哨评分合计", "Sum of grades", "这些评价的分数之和", "同吹哨评价", "被吹哨单位"),
    Measure.CANCELLED: Definition("作废", "Cancelled", "一件作废的事项", "作废日", _LEAD),
    Measure.SUPERVISED: Definition("督办", "Supervised", "一份督办通知", "发出日", "被督办单位"),
    Measure.ACCOUNTED: Definition("问责", "Held to account", "一份问责通知", "发出日", "被问责单位"),
}

SPREAD_DEFINITIONS: Mapping[Spread, Definition] = {
    Spread.FIRST_RESPONSE: Definition(
        "首次响应时长", "Time to first response", "自提交至第一张工单签收的自然分钟", "签收日", "签收单位"
    ),
    Spread.HANDLING: Definition("处置时长", "Handling time", "一张工单自派出至完成的自然分钟", "完成日", "工单单位"),
    Spread.CLOSING: Definition("办结时长", "Time to closing", "自提交至最后一次办结的自然分钟", "办结日", _LEAD),
}

COUNTS_EN: Mapping[Measure | Spread, str] = {
    Measure.SUBMITTED: "A matter; not one merged into another, nor a preventive one; a cancelled one still counts",
    Measure.ON_THE_SPOT: "A matter settled on the spot, unless merged",
    Measure.CLOSED: "A matter that is closed; taken back when it is opened again, counted again when closed again",
    Measure.CLOSED_IN_TIME: "Of these, closed in time",
    Measure.DUE: "A whole promise that is decided: kept or run out",
    Measure.DUE_KEPT: "Of these, kept in time",
    Measure.OVERDUE: "Of these, run out; cancelling the clock later does not undo it",
    Measure.ACK_DUE: "An order whose time to acknowledge is decided",
    Measure.ACK_MET: "Of these, acknowledged in time",
    Measure.REPORT_DUE: "A called unit whose time to report in is decided",
    Measure.REPORT_MET: "Of these, reported in in time",
    Measure.HANDLE_DUE: "A stage of an order whose time to handle is decided",
    Measure.HANDLE_MET: "Of these, done in time",
    Measure.ASKED: "A round of calling back, however many calls it took",
    Measure.REACHED: "Of these, got through at least once",
    Measure.RATED: "A caller's mark for the result; one given before a reopening still counts",
    Measure.SATISFIED: "Of these, 4 or 5",
    Measure.RATED_PROCESS: "A caller's mark for how it was handled",
    Measure.SATISFIED_PROCESS: "Of these, 4 or 5",
    Measure.RESOLVED_ASKED: "A caller's answer whether it is solved",
    Measure.RESOLVED: "Of these, solved",
    Measure.REWORK: "A failed check",
    Measure.REOPENED: "A reopening, by itself after an unhappy answer included",
    Measure.SENT_BACK: "An order sent back",
    Measure.REDISPATCHED: "A dispatch after the first, or one to another lead unit; not after a reopening",
    Measure.ESCALATED: "A case taken up one level",
    Measure.EXTENDED: "An extension that was granted",
    Measure.CARRIED_OVER: "A carrying over that was granted",
    Measure.SETTLED: "A closed matter that has a lead unit",
    Measure.SETTLED_GRID: "Of these, led by a grid team",
    Measure.SETTLED_COMMUNITY: "Of these, led by a community",
    Measure.SETTLED_SUBDISTRICT: "Of these, led by a subdistrict",
    Measure.SETTLED_DISTRICT: "Of these, led by a department, the command centre, a company or the district itself",
    Measure.WHISTLES: "A unit called by a whistle",
    Measure.GRADED: "A grade given by the caller of a whistle",
    Measure.GRADE_SUM: "The sum of these grades",
    Measure.CANCELLED: "A cancelled matter",
    Measure.SUPERVISED: "A notice of supervision",
    Measure.ACCOUNTED: "A notice that holds to account",
    Spread.FIRST_RESPONSE: "Natural minutes from submission to the first acknowledgement",
    Spread.HANDLING: "Natural minutes of an order from dispatch to completion",
    Spread.CLOSING: "Natural minutes from submission to the last closing",
}
"""`Definition.counts` for who reads English."""


class Vector(Mapping[Measure, int]):
    """The counts of one owner, every measure of which has one."""

    __slots__ = ("counts",)

    def __init__(self, counts: Sequence[int | None] = ()) -> None:
        self.counts = [*(one or 0 for one in counts), *([0] * (len(MEASURES) - len(counts)))]

    @override
    def __getitem__(self, measure: Measure) -> int:
        return self.counts[CODE[measure] - 1]

    @override
    def __iter__(self) -> Iterator[Measure]:
        return iter(MEASURES)

    @override
    def __len__(self) -> int:
        return len(MEASURES)

    @override
    def __repr__(self) -> str:
        return f"Vector({ {measure.value: n for measure, n in self.items() if n} })"

    def __bool__(self) -> bool:
        return any(self.counts)

    def __add__(self, other: Vector) -> Vector:
        return Vector([a + b for a, b in zip(self.counts, other.counts, strict=True)])


STEP = 1.05
"""How much wider each bin of a spread is than the one before: what is read from it is at most this factor too high."""
_LOG_STEP = math.log(STEP)


def bin_of(minutes: int) -> int:
    """From one; the bin whose upper edge is the first not below `minutes`."""
    return 1 if minutes <= 1 else 1 + math.ceil(math.log(minutes) / _LOG_STEP)


def edge_of(number: int) -> float:
    """The upper edge of a bin, in minutes."""
    return float(STEP ** (number - 1))


@dataclass(frozen=True)
class Histogram:
    """How many took how long. `bins[0]` is bin 1."""

    bins: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return sum(self.bins)

    def quantile(self, share: float) -> float | None:
        """Minutes that at least `share` of all did not exceed, at most five per cent too high; None without any."""
        total = self.count
        if not total:
            return None
        wanted = max(1, math.ceil(share * total))
        reached = 0
        for number, count in enumerate(self.bins, start=1):
            reached += count
            if reached >= wanted:
                return edge_of(number)
        raise AssertionError("the bins add up to their count")

    def __add__(self, other: Histogram) -> Histogram:
        most = max(len(self.bins), len(other.bins))
        a, b = (list(one.bins) + [0] * (most - len(one.bins)) for one in (self, other))
        return Histogram(tuple(x + y for x, y in zip(a, b, strict=True)))


def total(vectors: Iterable[Vector]) -> Vector:
    found = Vector()
    for one in vectors:
        found = found + one
    return found
