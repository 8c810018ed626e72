"""Words of places: kinds, states, what was done, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]

ESTATE_KINDS: Words = MappingProxyType(
    {
        "housing": ("住宅小区", "housing estate"),
        "village": ("自然村", "village"),
        "campus": ("校园、大院", "campus"),
        "office": ("写字楼群", "offices"),
        "market": ("市场", "market"),
        "industrial": ("园区", "industrial park"),
    }
)
PREMISES_KINDS: Words = MappingProxyType(
    {
        "shop": ("商铺", "shop"),
        "restaurant": ("餐饮", "restaurant"),
        "school": ("学校", "school"),
        "kindergarten": ("幼儿园", "kindergarten"),
        "workshop": ("生产作坊", "workshop"),
        "factory": ("工厂", "factory"),
        "market": ("市场", "market"),
        "clinic": ("医疗机构", "clinic"),
        "hotel": ("宾馆旅店", "hotel"),
        "temple": ("宗教场所", "place of worship"),
        "square": ("广场", "square"),
        "warehouse": ("仓库", "warehouse"),
        "site": ("工地", "building site"),
        "office": ("办公场所", "office"),
        "other": ("其他", "other"),
    }
)
HAZARDS: Words = MappingProxyType(
    {
        "gas": ("燃气", "gas"),
        "open_fire": ("明火", "open fire"),
        "chemicals": ("危险化学品", "chemicals"),
        "sleeping_above": ("住人（三合一）", "somebody sleeps above"),
    }
)
DEVICE_KINDS: Words = MappingProxyType(
    {
        "camera": ("摄像机", "camera"),
        "smoke": ("烟感", "smoke detector"),
        "gas": ("燃气报警", "gas detector"),
        "water_level": ("水位", "water level"),
        "emergency_button": ("紧急按钮", "emergency button"),
        "door_magnet": ("门磁", "door magnet"),
    }
)
COMPONENT_STATES: Words = MappingProxyType(
    {
        "intact": ("完好", "intact"),
        "damaged": ("破损", "damaged"),
        "missing": ("丢失", "missing"),
        "removed": ("已拆除", "removed"),
    }
)
DEVICE_STATES: Words = MappingProxyType(
    {"in_use": ("在用", "in use"), "faulty": ("故障", "faulty"), "removed": ("已拆除", "removed")}
)
# By the last part of the action in the log.
ACTIONS: Words = MappingProxyType(
    {
        "add": ("新增", "added"),
        "merge": ("合并重复登记", "merged"),
        "merged": ("并入另一登记", "merged into another"),
        "change": ("修改", "changed"),
        "end": ("注销", "ended"),
        "reopen": ("恢复", "brought back"),
        "replace": ("拆分或合并", "split or joined"),
        "photograph": ("添加照片", "photographed"),
        "drop_photo": ("删除照片", "dropped a photo of"),
        "serve": ("登记服务单位", "registered who serves"),
        "unserve": ("终止服务单位", "ended a service of"),
    }
)


def name_of(words: Words, code: str) -> str:
    return words[code][0] if code in words else code
