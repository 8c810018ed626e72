"""The calendars of a profile as values, straight from its files: no database, no check of the rest, and at once.

`wangge profile check` names the line of a fault; here the file and the field are named.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from wangge.calendars import arithmetic
from wangge.kit.errors import NotFound

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
_CODE = re.compile(r"[0-9A-Za-z_-]{1,32}")
# The same loader in C where PyYAML was built with it: seven times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoSuchFile(NotFound):
    code = "no_calendar_file"
    title_zh = "没有这个日历文件"
    title_en = "No such calendar file"


def folders(profile: str) -> list[Path]:
    """The folder of a profile and those it extends, the base first."""
    given = Path(profile)
    folder = given if given.is_dir() and len(given.parts) > 1 else PROFILES / given
    chain: list[Path] = []
    while folder not in chain:
        if not (folder / "profile.yaml").is_file():
            zh, en = f"没有配置“{profile}”（{folder}）", f"there is no profile {profile!r} ({folder})"
            raise NoSuchFile(zh, en)
        chain.insert(0, folder)
        head = _document(folder / "profile.yaml")
        parent = head.get("extends", "" if folder.name == "base" else "base")
        if not parent:
            break
        beside = folder.parent / str(parent)
        folder = beside if beside.is_dir() else PROFILES / str(parent)
    return chain


def codes(profile: str) -> list[str]:
    return sorted({file.stem for folder in folders(profile) for file in (folder / "calendars").glob("*.yaml")})


def calendar(profile: str, code: str) -> arithmetic.Calendar:
    """The calendar `code` as the profile gives it; errors name the file and the field."""
    chain = folders(profile)
    held = _merged(chain, code, profile)
    file = f"calendars/{code}.yaml"
    try:
        days_of = held.get("days_of")
        published: Mapping[int, Any] = (_merged(chain, days_of, profile) if days_of else held).get("years", {})
        return arithmetic.build(
            timezone=held["timezone"],
            duty=held["duty"],
            week=held.get("week", {}),
            works_through=held.get("works_through", False),
            days=[day for year in published.values() for day in _days(year)],
            years=list(published),
        )
    except arithmetic.Refused as refused:
        raise arithmetic.Refused(f"{file} {refused.field}", refused.detail_zh, refused.detail_en) from refused
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        zh = f"日历文件 {file} 有误（{error}），请运行 wangge profile check {profile}"
        raise arithmetic.Refused(
            file, zh, f"{file} has a fault ({error}); run wangge profile check {profile}"
        ) from error


def _days(year: Mapping[str, Mapping[str, list[dt.date]]]) -> list[tuple[dt.date, bool, str]]:
    return [
        (date, working, name)
        for working, group in ((False, "days_off"), (True, "make_up"))
        for name, dates in year.get(group, {}).items()
        for date in dates
    ]


def _merged(chain: list[Path], code: str, profile: str) -> dict[str, Any]:
    """By key as profiles are merged: mappings joined, else the later value."""
    files = [folder / "calendars" / f"{code}.yaml" for folder in chain] if _CODE.fullmatch(code) else []
    found = [_document(file) for file in files if file.is_file()]
    if not found:
        known = ", ".join(codes(profile))
        zh = f"没有日历“{code[:40]}”，可用：{known}"
        raise arithmetic.Refused("calendar", zh, f"there is no calendar {code[:40]!r}; there are {known}")
    merged: dict[str, Any] = {}
    for document in found:
        for key, value in document.items():
            before = merged.get(key)
            merged[key] = before | value if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _document(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        zh = f"无法读取 {file.parent.name}/{file.name}：{error}"
        raise arithmetic.Refused(file.name, zh, f"{file.name} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise arithmetic.Refused(file.name, f"{file.name} 应为键值表", f"{file.name} must be a mapping")
    return document
