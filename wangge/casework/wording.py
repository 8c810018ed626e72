"""The log as sentences: who of which unit did what, to whom, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from wangge.casework.models import ClockKind, WhistleKind
from wangge.casework.workflow import TEXT, State, Step

_OTHER_NAMES = {
    "casework:case:submit": "上报",
    "casework:case:merged_in": "并入相同案件",
    "casework:case:taken_apart": "并入的案件已分开",
    "casework:case:answered_by": "随主案件答复办结",
    "intake:forecast:accept": "采纳预防性任务",
    "intake:forecast:dismiss": "不采纳预防性任务",
    "intake:summary:make": "机器概括案件",
    "intake:same:yes": "认定为同一件事",
    "intake:same:no": "认定不是同一件事",
    "casework:case:child_linked": "增加子案件",
    "casework:case:child_ended": "子案件已结束",
    "casework:case:placed": "确定地点",
    "casework:case:urgency": "调整紧急程度",
    "casework:case:redivided": "网格调整",
    "casework:whistle:report_in": "报到",
    "casework:whistle:contribute": "协同处置",
    "casework:whistle:grade": "评价报到单位",
    "casework:whistle:end": "结束吹哨",
    "casework:clock:warned": "临期预警",
    "casework:clock:missed": "超时",
    "casework:clock:reddened": "亮红牌",
    "casework:clock:reminded": "催办",
    "casework:clock:supervised": "督办",
    "casework:clock:escalated": "提级告知",
    "casework:clock:accounted": "问责",
    "casework:notice:answer": "答复催督单",
    "casework:clock:recomputed": "重新计算期限",
}
_NEEDS = {"unplaced": "未能定位", "not_understood": "未能归类", "no_owner": "未查到责任单位"}
_PLACED = {
    "point": "按坐标定位",
    "text": "按地址定位",
    "neighbour": "按同一条路的邻近门牌推定位置",
    "operator": "人工定位",
}


def action_name(action: str) -> str:
    verb = action.rpartition(":")[2]
    if action in _OTHER_NAMES:
        return _OTHER_NAMES[action]
    return TEXT[Step(verb)].zh if verb in set(Step) else verb


def sentence(action: str, actor_name: str, unit: str | None, data: Mapping[str, Any]) -> str:
    """城管局 王强 签收。 / 区指挥中心 李敏 派单：主办 区城管局；协办 泺源街道办。"""
    who = " ".join(part for part in (unit, actor_name) if part) or "系统"
    details = [text for text in (write(data) for write in _DETAILS) if text]
    return f"{who} {action_name(action)}" + (f"：{'；'.join(details)}" if details else "")


def _named(data: Mapping[str, Any], key: str, label: str) -> str:
    value = data.get(key)
    return f"{label} {value['name']}" if isinstance(value, Mapping) and value.get("name") else ""


def _units(data: Mapping[str, Any], key: str, label: str) -> str:
    names = [one["name"] for one in data.get(key) or () if isinstance(one, Mapping) and one.get("name")]
    return f"{label} {'、'.join(names)}" if names else ""


def _numbered(data: Mapping[str, Any], key: str, label: str) -> str:
    value = data.get(key)
    return f"{label} {value['number']}" if isinstance(value, Mapping) and value.get("number") else ""


def _moment(data: Mapping[str, Any], key: str, label: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        return ""
    return f"{label} {timezone.localtime(dt.datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"


def _plain(data: Mapping[str, Any], key: str, label: str) -> str:
    value = data.get(key)
    return f"{label}{value}" if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else ""


def _clock(data: Mapping[str, Any]) -> str:
    """处置时限（城管局）应于 2026-11-20 11:26"""
    kind = data.get("kind")
    if "clock" not in data or kind not in set(ClockKind.values):
        return ""
    unit = data.get("unit")
    whose = f"（{unit['name']}）" if isinstance(unit, Mapping) and unit.get("name") else ""
    return f"{ClockKind(kind).label}时限{whose}{_moment(data, 'due_at', '应于')}"


def _new_due(data: Mapping[str, Any]) -> str:
    return "" if "clock" in data else _moment(data, "due_at", "新的期限")


def _state(data: Mapping[str, Any]) -> str:
    change = data.get("state")
    if not isinstance(change, list) or len(change) != 2 or change[1] not in set(State.values):
        return ""
    return f"转为“{State(change[1]).label}”"


def _whistle_kind(data: Mapping[str, Any]) -> str:
    kind = data.get("kind")
    return WhistleKind(kind).label if kind in set(WhistleKind.values) else ""


def _reached(data: Mapping[str, Any]) -> str:
    if "reached" not in data:
        return ""
    return ("已接通" if data["reached"] else "未接通") + f"（第 {data.get('attempt', 1)} 次）"


def _solved(data: Mapping[str, Any]) -> str:
    return {True: "诉求人认为已解决", False: "诉求人认为未解决"}.get(data.get("resolved"), "")  # type: ignore[arg-type]


def _taken_back(data: Mapping[str, Any]) -> str:
    kinds = data.get("taken_back")
    return f"审批期间到期的{'、'.join(kinds)}时限不计超时" if isinstance(kinds, list) and kinds else ""


def _lapsed(data: Mapping[str, Any]) -> str:
    return "延期、挂账申请自动失效" if data.get("request_lapsed") else ""


def _late(data: Mapping[str, Any]) -> str:
    return "已超过报到时限" if data.get("late") is True else ""


def _in_time(data: Mapping[str, Any]) -> str:
    return {True: "按期办结", False: "逾期办结"}.get(data.get("in_time"), "")  # type: ignore[arg-type]


_DETAILS = (
    lambda data: _PLACED.get(str(data.get("placed_by", "")), ""),
    lambda data: _NEEDS.get(str(data.get("needs_human", "")), ""),
    _whistle_kind,
    lambda data: _named(data, "caller", "由"),
    lambda data: _units(data, "units", "呼叫"),
    lambda data: _named(data, "from_area", "原网格"),
    lambda data: _named(data, "to_area", "现网格"),
    lambda data: _units(data, "orders_from", "待签收工单原属"),
    lambda data: _units(data, "orders_to", "转至"),
    lambda data: _named(data, "from_unit", "原主办"),
    lambda data: _named(data, "lead_unit", "主办"),
    lambda data: _units(data, "support_units", "协办"),
    lambda data: _plain(data, "instruction", "要求："),
    lambda data: _plain(data, "code_name", ""),
    lambda data: _plain(data, "clause", "依据："),
    _reached,
    _solved,
    lambda data: _plain(data, "rating", "结果评价 "),
    lambda data: _plain(data, "rating_process", "过程评价 "),
    lambda data: _plain(data, "grade", "评价 "),
    lambda data: _plain(data, "kind_name", ""),
    lambda data: _plain(data, "days", "延长工作日 "),
    lambda data: _moment(data, "asked_at", "申请时间"),
    _clock,
    lambda data: _named(data, "told", "告知"),
    lambda data: _units(data, "told", "告知"),
    lambda data: _moment(data, "due_was", "原为"),
    lambda data: _plain(data, "why", ""),
    _new_due,
    _taken_back,
    _lapsed,
    lambda data: _moment(data, "claimed_at", "手机时间"),
    lambda data: _moment(data, "until", "至"),
    lambda data: _numbered(data, "into", "并入"),
    lambda data: _numbered(data, "parent", "上级案件"),
    lambda data: _numbered(data, "case", "案件"),
    lambda data: _plain(data, "result", ""),
    lambda data: _plain(data, "contribution", ""),
    lambda data: _plain(data, "outcome", ""),
    lambda data: _plain(data, "clock_name", ""),
    lambda data: _plain(data, "reason", ""),
    _late,
    _in_time,
    _state,
)
