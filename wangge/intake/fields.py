"""Which of a file's columns mean what, and how a cell becomes a value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter

from wangge.kit import text
from wangge.kit.errors import Invalid, field_error


class CellError(ValueError):
    """One cell cannot be used; `zh`/`en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Field:
    """An importable field; `guesses` are folded column names that mean it."""

    name: str
    zh: str
    en: str
    limit: int = 200
    required: bool = False
    history: bool = False
    guesses: tuple[str, ...] = ()


FIELDS: tuple[Field, ...] = (
    Field(
        "title",
        "标题",
        "Title",
        120,
        required=True,
        guesses=("标题", "留言主题", "主题", "title", "case_title", "诉求标题", "subject"),
    ),
    Field(
        "description",
        "内容",
        "Description",
        20_000,
        guesses=("内容", "留言详情", "详情", "诉求内容", "描述", "description", "closure_reason"),
    ),
    Field(
        "source_ref",
        "来源编号",
        "Source number",
        80,
        guesses=("留言编号", "编号", "工单编号", "来源编号", "id", "case_enquiry_id", "srnumber"),
    ),
    Field(
        "occurred_at",
        "发生时间",
        "Time",
        40,
        guesses=("留言时间", "时间", "来电时间", "诉求时间", "open_dt", "createddate", "time"),
    ),
    Field("address", "地址", "Address", 200, guesses=("地址", "地点", "位置", "address", "location")),
    Field(
        "category", "类别", "Category", 80, guesses=("类别编码", "类别", "诉求类别", "type", "requesttype", "category")
    ),
    Field("area", "区域", "Area", 80, guesses=("区域编码", "区域", "街道", "社区", "neighborhood", "area")),
    Field("lon", "经度", "Longitude", 40, guesses=("经度", "lon", "lng", "longitude")),
    Field("lat", "纬度", "Latitude", 40, guesses=("纬度", "lat", "latitude")),
    Field("urgency", "紧急程度", "Urgency", 20, guesses=("紧急程度", "urgency")),
    Field("reporter_name", "诉求人", "Reporter", 64, guesses=("诉求人", "姓名", "联系人", "留言用户", "reporter")),
    Field("reporter_phone", "联系电话", "Phone", 40, guesses=("联系电话", "电话", "手机号", "phone")),
    Field("target_at", "应办结时间", "Target time", 40, history=True, guesses=("应办结时间", "截止时间", "target_dt")),
    Field(
        "closed_at",
        "办结时间",
        "Closing time",
        40,
        history=True,
        guesses=("办结时间", "closed_dt", "closeddate", "答复时间"),
    ),
)
BY_NAME = {item.name: item for item in FIELDS}


@dataclass(frozen=True)
class Options:
    """How the file's values are to be read.

    `history`: rows are past cases with their own times. `crs`: coordinate system of lon/lat, which must be declared.
    `categories`/`areas` translate the file's own words into our codes. `timezone` applies to times without an offset.
    """

    history: bool = False
    crs: str = ""
    timezone: str = "Asia/Shanghai"
    categories: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Invalid(
                errors=[field_error("options.timezone", f"没有时区 {self.timezone}", f"no time zone {self.timezone}")]
            ) from error


def guess(columns: Sequence[str]) -> dict[str, str]:
    """A first mapping of our fields to the file's columns by their names."""
    folded = {text.fold(column): column for column in columns}
    mapping: dict[str, str] = {}
    for item in FIELDS:
        for candidate in item.guesses:
            column = folded.get(text.fold(candidate))
            if column is not None and column not in mapping.values():
                mapping[item.name] = column
                break
    return mapping


def mapping_errors(mapping: Mapping[str, str], columns: Sequence[str], options: Options) -> list[dict[str, str]]:
    """Each unknown field, missing column, and needed field that has none."""
    errors = []
    for name, column in mapping.items():
        if name not in BY_NAME:
            errors.append(field_error(f"mapping.{name}", f"没有字段“{name}”", f"there is no field {name!r}"))
        elif column not in columns:
            errors.append(
                field_error(f"mapping.{name}", f"表中没有“{column}”这一列", f"the table has no column {column!r}")
            )
    if "title" not in mapping and "description" not in mapping:
        errors.append(
            field_error("mapping.title", "请指定标题或内容所在的列", "say which column holds the title or description")
        )
    if ("lon" in mapping) != ("lat" in mapping):
        errors.append(field_error("mapping.lon", "经度和纬度要一起指定", "longitude and latitude belong together"))
    if "lon" in mapping and not options.crs:
        errors.append(
            field_error(
                "options.crs", "请声明坐标系（WGS84、CGCS2000、GCJ02 或 BD09）", "declare the coordinate system"
            )
        )
    if options.history and "occurred_at" not in mapping:
        errors.append(field_error("mapping.occurred_at", "历史数据需要时间列", "history needs the column of the time"))
    return errors


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str], options: Options) -> None:
    errors = mapping_errors(mapping, columns, options)
    if errors:
        raise Invalid(errors=errors)


_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T](\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})秒?(?:\.\d+)?)?)?"
    r"(Z|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)


def parse_time(raw: str, zone: ZoneInfo) -> dt.datetime:
    """`2019/2/28 11:25:05`, `2019-02-28T11:25+08:00`, `2019年2月28日`; without an offset it is local to `zone`."""
    match = _TIME.match(raw.strip())
    if match is None:
        raise CellError(
            f"时间“{raw[:30]}”看不懂，请写成 2026-01-31 09:30", f"unreadable time {raw[:30]!r}; write 2026-01-31 09:30"
        )
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        local = dt.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        )
        if offset:
            local = dt.datetime.fromisoformat(local.strftime("%Y-%m-%dT%H:%M:%S") + offset)
    except ValueError as error:
        raise CellError(f"没有“{raw[:30]}”这个时间", f"there is no such time as {raw[:30]!r}") from error
    if not 1900 < local.year < 3000:  # some zone could not show it, and every list with it would break
        raise CellError("年份应在 1901 至 2999 之间", "a year from 1901 to 2999 is needed")
    return local


def _coordinate(raw: str, limit: int) -> float:
    try:
        value = Decimal(raw.strip() if raw.isascii() else "")
    except InvalidOperation as error:
        raise CellError(
            f"“{raw[:20]}”不是坐标，请用半角数字", f"{raw[:20]!r} is not a coordinate; use ASCII digits"
        ) from error
    if not value.is_finite() or abs(value) > limit:
        raise CellError(f"坐标 {raw[:20]} 超出范围", f"the coordinate {raw[:20]} is out of range")
    return float(value)


_URGENCY = {
    "": None,
    "一般": "normal",
    "普通": "normal",
    "normal": "normal",
    "紧急": "urgent",
    "urgent": "urgent",
    "危险": "danger",
    "danger": "danger",
}


def _urgency(raw: str) -> str | None:
    key = raw.strip().lower()
    if key not in _URGENCY:
        raise CellError(f"紧急程度“{raw[:10]}”应为一般、紧急或危险", "urgency is normal, urgent or danger")
    return _URGENCY[key]


def _plain(name: str) -> Callable[[str], str]:
    limit = BY_NAME[name].limit

    def check(raw: str) -> str:
        if text.has_control(raw):
            raise CellError("含有控制字符，请清除后再导入", "holds control characters; remove them")
        value = text.nfc(raw.strip())
        if len(value) > limit:
            raise CellError(f"超过 {limit} 个字", f"longer than {limit} characters")
        return value

    return check


def read_row(
    cells: Mapping[str, str], mapping: Mapping[str, str], options: Options
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Values by field name, and the errors of cells that cannot be used (`at` is the file's own column name)."""
    values: dict[str, Any] = {}
    errors: list[dict[str, str]] = []
    for name, column in mapping.items():
        raw = cells[column]
        try:
            values[name] = _value(name, raw, options)
        except CellError as error:
            errors.append(field_error(column, error.zh, error.en))
    title, description = values.get("title") or "", values.get("description") or ""
    if not title and description:
        values["title"] = re.split(r"[。！？\n]", description, maxsplit=1)[0][:40] or description[:40]
    if not values.get("title") and not errors:
        errors.append(
            field_error(
                mapping.get("title", mapping.get("description", "")),
                "标题和内容都是空的",
                "title and description are both empty",
            )
        )
    return values, errors


def _value(name: str, raw: str, options: Options) -> Any:
    if name in {"occurred_at", "target_at", "closed_at"}:
        return parse_time(raw, options.zone) if raw.strip() else None
    if name == "lon":
        return _coordinate(raw, 180) if raw.strip() else None
    if name == "lat":
        return _coordinate(raw, 90) if raw.strip() else None
    if name == "urgency":
        return _urgency(raw)
    value = _plain(name)(raw)
    if name == "category":
        return options.categories.get(value, value)
    if name == "area":
        return options.areas.get(value, value)
    return value


OPTIONS: TypeAdapter[Options] = TypeAdapter(Options)
