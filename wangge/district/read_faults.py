"""What is wrong with a profile, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from wangge.kit.errors import Invalid, field_error

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True)
class ProfileError:
    """One fault. `line` is 0 where a whole file is meant."""

    file: str
    line: int
    field: str
    zh: str
    en: str


class ProfileInvalid(Invalid):
    code = "profile_invalid"
    title_zh = "区县配置有误，未载入任何内容"
    title_en = "The profile has faults; nothing was loaded"

    def __init__(self, faults: list[ProfileError]) -> None:
        rows = [
            field_error(f"{fault.file}:{fault.line} {fault.field}".rstrip(), fault.zh, fault.en) for fault in faults
        ]
        super().__init__(f"{len(faults)} 处有误", f"{len(faults)} faults", errors=rows)
        self.faults = faults


@dataclass(frozen=True)
class Line(Generic[Row]):
    """A row and where it stands."""

    row: Row
    file: str
    number: int

    def fault(self, name: str, zh: str, en: str) -> ProfileError:
        return ProfileError(self.file, self.number, name, zh, en)


_SAID = {
    "missing": ("缺少这一项", "is missing"),
    "extra_forbidden": ("不认识的项", "is not known"),
    "string_pattern_mismatch": ("写法不符", "is not written as it must be"),
    "string_too_short": ("不能为空或过短", "is empty or too short"),
    "string_too_long": ("过长", "is too long"),
    "string_type": ("应为文字（必要时加引号）", "must be text (in quotes where needed)"),
}


def said(error: Any) -> tuple[str, str]:
    zh, en = _SAID.get(error["type"], ("取值有误", error["msg"]))
    given = error.get("input")
    shown = f"“{str(given)[:60]}”" if isinstance(given, str | int | float) else ""
    return f"{shown}{zh}" + (f"（{error['msg']}）" if error["type"] not in _SAID else ""), en
