"""What the files of a profile may say. Anything else is refused with file, line and field."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from wangge.calendars import arithmetic
from wangge.kit.text import has_control, nfc


def _clean(text: str) -> str:
    if has_control(text):
        raise ValueError("含有控制字符 · holds control characters")
    return nfc(text).strip()


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


Text = Annotated[str, AfterValidator(_clean)]
Needed = Annotated[Text, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff_.-]*$", max_length=40)]
Digits = Annotated[str, Field(pattern=r"^[0-9]+$", max_length=20)]
Flag = Literal["true", "false"]
Count = Annotated[Annotated[int, Field(ge=0, le=10_000_000)] | None, BeforeValidator(_blank_is_none)]
Longitude = Annotated[float, Field(ge=73, le=136)]
Latitude = Annotated[float, Field(ge=3, le=54)]
UnitKindName = Literal["district", "command", "department", "subdistrict", "community", "grid_team", "company"]
ScopeName = Literal["own", "unit", "unit_tree", "custom", "all"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DistrictPart(_Part):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    name: Needed


class DemoPart(_Part):
    """Where the demo accounts of a street, a community and a grid work."""

    street: Digits
    community: Digits
    grid: Digits


class SettingsPart(_Part):
    calendar: Code = "office"


class ServingPart(_Part):
    """How the unit that serves an area is made from the area; `{area}` is the area's name."""

    suffix: Code
    kind: UnitKindName
    name: Needed
    short_name: Needed
    calendar: Annotated[Text, Field(max_length=32)] = ""


class MarkPart(_Part):
    """How far something in the profile can be relied on, for the people who read it."""

    what: Needed
    status: Literal["confirmed", "reprint", "unconfirmed", "demonstration"]
    note: Text = ""


class ProfileFile(_Part):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=80)]
    extends: str = "base"
    district: DistrictPart
    center: tuple[Longitude, Latitude]
    demo: DemoPart | None = None
    levels: tuple[Needed, ...] = ()
    settings: SettingsPart = SettingsPart()
    serving_units: dict[Annotated[str, Field(pattern="^(subdistrict|community|village|grid)$")], ServingPart] = {}
    marks: tuple[MarkPart, ...] = ()


class RolePart(_Part):
    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    scope: ScopeName
    separation: Literal["", "system", "security", "audit"] = ""
    permissions: tuple[Needed, ...]


class DemoAccountPart(_Part):
    username: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    role: Code
    unit: Code
    does_zh: Annotated[Needed, Field(max_length=200)]
    does_en: Annotated[Needed, Field(max_length=300)]
    page: Annotated[str, Field(pattern=r"^/[a-z/]*$", max_length=40)] = "/"


Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$")]


class YearPart(_Part):
    """Days off and make-up working days by the name of the holiday."""

    days_off: dict[str, tuple[dt.date, ...]] = {}
    make_up: dict[str, tuple[dt.date, ...]] = {}


Hours = tuple[tuple[Time, Time], ...]


class WeekPart(_Part):
    """Hours of single weekdays; an empty list is a day off."""

    mon: Hours | None = None
    tue: Hours | None = None
    wed: Hours | None = None
    thu: Hours | None = None
    fri: Hours | None = None
    sat: Hours | None = None
    sun: Hours | None = None

    def given(self) -> dict[str, Hours]:
        return {weekday: hours for weekday, hours in self if hours is not None}


def _hours(hours: Hours) -> Hours:
    arithmetic.build(timezone="Asia/Shanghai", duty=hours)
    return hours


class CalendarFile(_Part):
    """`days_of` takes years and days of another calendar; `works_through` needs none; see wangge/calendars/duty.py."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]+$", max_length=32)]
    name: Annotated[Needed, Field(max_length=64)]
    name_en: Annotated[Text, Field(max_length=64)] = ""
    timezone: Needed
    duty: Annotated[Hours, AfterValidator(_hours)]
    week: WeekPart = WeekPart()
    works_through: bool = False
    days_of: Annotated[Text, Field(max_length=32)] = ""
    confirmed: bool = True
    source: Needed
    years: dict[Annotated[int, Field(ge=2000, le=2100)], YearPart] = {}

    @field_validator("timezone")
    @classmethod
    def _zone(cls, timezone: str) -> str:
        arithmetic.build(timezone=timezone, duty=[["09:00", "17:00"]])
        return timezone

    @field_validator("week")
    @classmethod
    def _together(cls, week: WeekPart, info: ValidationInfo) -> WeekPart:
        if "duty" in info.data:
            arithmetic.build(timezone="Asia/Shanghai", duty=info.data["duty"], week=week.given())
        return week


class ListFile(_Part):
    """With `revision: content` the version ends in a mark of the lines, so that a changed list is a new version."""

    version: Annotated[Needed, Field(max_length=40)]
    revision: Literal["", "content"] = ""
    title: Annotated[Needed, Field(max_length=120)]
    valid_from: dt.date
    confirmed: bool
    source: Annotated[Text, Field(max_length=200)] = ""


class AreaRow(_Part):
    level: Literal["0", "1", "2", "3", "4"]
    code: Digits
    name: Annotated[Needed, Field(max_length=80)]
    kind: Annotated[Text, Field(max_length=16)] = ""
    parent_code: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    households: Count = None
    valid_from: dt.date


class UnitRow(_Part):
    code: Code
    name: Annotated[Needed, Field(max_length=80)]
    short_name: Annotated[Needed, Field(max_length=40)]
    kind: UnitKindName
    parent_code: Annotated[Text, Field(max_length=40)] = ""
    area_code: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    phone: Annotated[Text, Field(max_length=40)] = ""
    calendar: Annotated[Text, Field(max_length=32)] = ""


class CategoryRow(_Part):
    code: Annotated[Code, Field(max_length=24)]
    kind: Literal["component", "matter", "request"]
    name: Annotated[Needed, Field(max_length=60)]
    name_en: Annotated[Text, Field(max_length=120)] = ""
    parent_code: Annotated[Text, Field(max_length=24)] = ""
    leaf: Flag
    keywords: Text = ""
    evidence_required: Flag
    on_the_spot: Flag
    urgency: Literal["normal", "urgent", "danger"]
    source: Annotated[Text, Field(max_length=80)] = ""
    confirmed: Flag


class EntryRow(_Part):
    """The list's own grammar of rules and limits is checked by the responsibility app."""

    item: Annotated[Needed, Field(max_length=24)]
    category: Code
    area_code: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    list_kind: Literal["basic", "supporting", "taken_back"]
    level: Literal["0", "1", "2", "3", "4"]
    lead_rule: Literal["unit", "subdistrict", "community", "grid"]
    lead_unit: Annotated[Text, Field(max_length=40)] = ""
    supports: Text = ""
    first_actor: Literal["unit", "subdistrict", "community", "grid"]
    clause: Annotated[Needed, Field(max_length=300)]
    limits: Text = ""
    note: Annotated[Text, Field(max_length=200)] = ""


class ChannelRow(_Part):
    """`claimed_by`: roles, split by |, whose people may hand in on it; `all`; nothing: other systems and files only."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    claimed_by: Annotated[Text, Field(max_length=400)] = ""


class AliasRow(_Part):
    area_code: Digits
    alias: Annotated[Needed, Field(min_length=2, max_length=80)]


class BuildingRow(_Part):
    code: Annotated[Code, Field(max_length=40)]
    estate: Annotated[Text, Field(max_length=80)] = ""
    name: Annotated[Needed, Field(max_length=80)]
    address: Annotated[Needed, Field(max_length=160)]
    kind: Annotated[Text, Field(max_length=24)] = ""
    grid_code: Digits
    lon: Longitude
    lat: Latitude
    households: Annotated[int, Field(ge=0, le=100_000)] = 0
