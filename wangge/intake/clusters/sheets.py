"""A table of messages as items to cluster: which column is which, times as people write them, sane numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from wangge.intake.clusters import pairs, reading
from wangge.intake.clusters.spots import Item
from wangge.kit.errors import Invalid, field_error

LOCAL = ZoneInfo("Asia/Shanghai")
MOST_ROWS = 200_000
GUESSED: dict[str, tuple[str, ...]] = {
    "text": (
        "留言主题",
        "标题",
        "主题",
        "诉求标题",
        "title",
        "留言详情",
        "内容",
        "详情",
        "诉求内容",
        "描述",
        "description",
    ),
    "time": ("留言时间", "时间", "上报时间", "受理时间", "诉求时间", "time", "submitted_at"),
    "person": ("留言用户", "用户", "反映人", "诉求人", "手机号", "电话", "person"),
    "likes": ("点赞数", "点赞", "赞", "likes"),
    "dislikes": ("反对数", "反对", "踩", "dislikes"),
    "place": ("地址", "地点", "事发地址", "位置", "place", "address"),
}
_TIME = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?")
_SEVERE = re.compile("火灾|起火|爆炸|煤气|燃气泄漏|坍塌|垮塌|触电|中毒|坠落|生命安全|人身安全|安全隐患|伤亡|塌陷")


@dataclass(frozen=True)
class Columns:
    """Names of columns; the first of `text` is the title."""

    text: tuple[str, ...]
    time: str = ""
    person: str = ""
    likes: str = ""
    dislikes: str = ""
    place: str = ""


@dataclass(frozen=True)
class Sheet:
    items: list[Item]
    untimed: int  # rows whose time could not be read
    empty: int  # rows without any text; they are in no group


def columns(known: Sequence[str], *, text: Sequence[str] = (), **named: str | None) -> Columns:
    """What is named must be there; what is not named is guessed, and text at least must be found."""
    given = [*text, *(name for name in named.values() if name)]
    wrong = [name for name in given if name not in known]
    if wrong:
        there = "、".join(known)[:300]
        raise Invalid(errors=[
            field_error(f"--{name}", f"没有这一列；现有：{there}", f"no such column; there are: {there}")
            for name in wrong
        ])  # fmt: skip
    texts = tuple(text) or tuple(name for name in GUESSED["text"] if name in known)[:2]
    if not texts:
        there = "、".join(known)[:300]
        zh, en = f"认不出文字列，请指定；现有：{there}", f"name the columns of text; there are: {there}"
        raise Invalid(errors=[field_error("--text", zh, en)])
    rest = {kind: named.get(kind) or _guess(kind, known) for kind in ("time", "person", "likes", "dislikes", "place")}
    return Columns(text=texts, **rest)


def _guess(kind: str, known: Sequence[str]) -> str:
    return next((name for name in GUESSED[kind] if name in known), "")


def sheet(names: Sequence[str], rows: Sequence[Sequence[str]], of: Columns) -> Sheet:
    if len(rows) > MOST_ROWS:
        zh, en = f"最多 {MOST_ROWS:,} 行", f"at most {MOST_ROWS:,} rows"
        raise Invalid(errors=[field_error("--in", zh, en)])
    at = {name: place for place, name in enumerate(names)}

    def cell(row: Sequence[str], name: str) -> str:
        place = at.get(name, -1)
        return row[place].strip() if 0 <= place < len(row) else ""

    items = []
    untimed = empty = 0
    for row in rows:
        title, details = cell(row, of.text[0]), "\n".join(cell(row, name) for name in of.text[1:])
        when = moment(cell(row, of.time)) if of.time else None
        untimed += when is None
        empty += not (title or details)
        who = cell(row, of.person) if of.person else ""
        items.append(
            Item(
                matter=pairs.Matter(
                    reading.read(title, details, cell(row, of.place) if of.place else ""), when,
                    blake2b(who.encode(), digest_size=8).hexdigest() if who else "",
                ),
                title=title or details[:60],
                likes=count(cell(row, of.likes)) if of.likes else 0,
                dislikes=count(cell(row, of.dislikes)) if of.dislikes else 0,
                severity=0.5 if _SEVERE.search(title + details[:500]) else 0.0,
            )
        )  # fmt: skip
    return Sheet(items, untimed if of.time else len(items), empty)


def moment(text: str) -> datetime | None:
    """2019/2/28 11:25:05, 2019-02-28, 2019年2月28日 11:25; None for what is no time."""
    found = _TIME.search(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)
    except ValueError:
        return None


def count(text: str) -> int:
    """A number of likes; what is none counts as none."""
    digits = text.replace(",", "").split(".")[0]
    return min(int(digits), 10**9) if digits.isdecimal() and len(digits) < 12 else 0
