"""What an exported sheet says of itself: who took it, when, in which post, by which filters, under which log number."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.casework.models import Urgency
from wangge.casework.selectors import Filters
from wangge.casework.workflow import State
from wangge.kit.tables import About
from wangge.org import channels
from wangge.org import selectors as org
from wangge.responsibility import selectors as responsibility

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_VIEWS = {"all": "全部", "todo": "我的待办", "done": "我的已办", "mine": "我发起的", "queue": "人工研判"}
_SORTS = {"-submitted_at": "上报时间由近到远", "submitted_at": "上报时间由远到近", "due_at": "办理期限由近到远"}
_CARDS = {"yellow": "黄牌", "red": "红牌"}
_RULES = "仅供工作使用，不得转发、公开。反映人信息已脱敏。本次导出已记入日志，可凭导出编号查到导出人。"


def of(*, actor: Actor, filters: Filters, number: UUID, at: dt.datetime, most: int) -> About:
    who, unit = _who(actor), org.unit(actor.unit_id).name if actor.unit_id else "—"
    when = f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
    lines = [
        ("导出人", who),
        ("所在单位", unit),
        ("导出时间", when),
        ("导出编号", str(number)),
        *_said(filters),
        ("说明", _RULES),
        ("行数上限", str(most)),
    ]
    return About("导出说明", lines, "行数", f"{who} {unit} {when} {number}")


def _who(actor: Actor) -> str:
    away = org.person(actor.on_behalf_of) if actor.on_behalf_of else None
    return f"{actor.name}（代{away.name}）" if away else actor.name


def _said(filters: Filters) -> list[tuple[str, str]]:
    """The filters that are set, in the words of the page."""
    channel = channels.known().get(filters.channel)
    category = responsibility.category(filters.category)
    area = areas.version_at(filters.area) if filters.area else None
    said = {
        "范围": _VIEWS[filters.view],
        "状态": "、".join(State(one).label for one in filters.states),
        "分类": f"{filters.category} {category.name}" if category else filters.category,
        "区域": area.name if area else str(filters.area or ""),
        "单位": org.unit(filters.unit).name if filters.unit else "",
        "渠道": channel.name if channel else filters.channel,
        "紧急程度": "、".join(Urgency(one).label for one in filters.urgencies),
        "红黄牌": "、".join(_CARDS[one] for one in filters.cards),
        "超期": "仅超期" if filters.overdue else "",
        "关键词": filters.q,
        "上报日期从": str(filters.first_day or ""),
        "上报日期到": str(filters.last_day or ""),
        "排序": _SORTS[filters.sort],
    }
    return [(f"筛选：{name}", text) for name, text in said.items() if text]
