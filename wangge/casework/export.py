"""A list as an Excel sheet: the same filters, scope and order as on the page, persons masked, logged."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.casework import documents, whence
from wangge.casework.models import Case
from wangge.casework.selectors import Filters, listing
from wangge.casework.workflow import ENDED, State
from wangge.kit import clock, crypto, tables
from wangge.kit.ids import uuid7

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST_ROWS = 50_000
COLUMNS = (
    "案件编号", "标题", "状态", "紧急程度", "分类编码", "分类", "渠道", "地址", "所属区域", "主办单位", "上报时间",
    "办理期限", "红黄牌", "退单次数", "重办次数", "督办", "办结时间", "按期办结", "满意度",
    "反映人", "联系电话", "待办事项",
)  # fmt: skip
_WIDTHS = (16, 36, 8, 8, 12, 18, 12, 30, 30, 18, 17, 17, 7, 8, 8, 6, 17, 8, 7, 8, 14, 14)
_CARDS = {"": "", "yellow": "黄牌", "red": "红牌"}


def workbook(*, actor: Actor, filters: Filters) -> bytes:
    """The sheet; every cell is text, a page of cases is in memory at a time. A last sheet says who took it."""
    out = io.BytesIO()
    number, at = uuid7(), clock.now()
    about = whence.of(actor=actor, filters=filters, number=number, at=at, most=MOST_ROWS)
    written = tables.write_xlsx(out, COLUMNS, _rows(actor, filters), sheet="案件", widths=_WIDTHS, about=about)
    audit.record(
        subject_type="export",
        subject_id=number,
        action="casework:case:exported",
        actor=actor,
        data={"rows": written, "filters": {k: v for k, v in _plain(filters).items() if v}},
        at=at,
        after=chain.Tip(),
    )
    return out.getvalue()


def filename(at: dt.datetime | None = None) -> str:
    return f"案件-{timezone.localtime(at or clock.now()):%Y%m%d-%H%M}.xlsx"


def _plain(filters: Filters) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | bool | int | tuple) or value is None else str(value)
        for name, value in vars(filters).items()
    }


def _rows(actor: Actor, filters: Filters) -> Iterator[list[object]]:
    for case in listing.walk(actor=actor, filters=filters, most=MOST_ROWS, persons=True):
        yield _row(case, actor)


def _row(case: Case, actor: Actor) -> list[object]:
    row = documents.case_row(case, actor)
    name, phone = documents.reporter_of(case)
    return [
        case.number,
        case.title,
        State(case.state).label,
        case.get_urgency_display(),
        row["category"]["code"] if row["category"] else "",
        row["category"]["name"] if row["category"] else "",
        case.channel,
        case.address,
        row["area"]["path"] if row["area"] else "",
        row["lead_unit"]["name"] if row["lead_unit"] else "",
        _local(case.submitted_at),
        _local(case.due_at),
        _CARDS[case.card] if case.state not in ENDED else "",
        case.send_backs,
        case.reopens,
        "是" if case.supervised else "",
        _local(case.closed_at),
        {True: "是", False: "否", None: ""}[case.closed_in_time],
        case.rating,
        crypto.mask_name(name),
        crypto.mask_phone(phone),
        "、".join(row["todo"]),
    ]


def _local(moment: dt.datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment is not None else ""
