"""Features that staff applications must not have, refused wherever a profile brings them.

国办函〔2026〕12号 (as reprinted, to be verified): no punch-cards, points leagues, online-time counts, log-in rankings,
forced photos or tracks. Wangge has none of them; a profile cannot bring them in by another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_RULES = (
    ("打卡签到", "punch-cards", r"punch|clock_?in|check_?in_(count|daily|required)|attendance|打卡|签到"),
    ("积分竞赛", "points leagues", r"(^|[:_])points?($|[:_])|league|badge|积分|勋章"),
    ("在线时长统计", "online-time counts", r"(online|screen|usage)_?(time|minutes|hours)|在线时长|使用时长"),
    ("登录排名", "log-in rankings", r"(log|sign)_?in_?(rank|count|streak)|leaderboard|登录排名|登录次数|活跃度"),
    ("网格员排名", "rankings of grid members", r"member_?rank|rank_?members|网格员排名"),
    (
        "强制轨迹、拍照或录像",
        "forced tracks, photos or video",
        r"track_?(members|always|record)|trajectory|force_?(photo|video|track)|轨迹",
    ),
)
_FORBIDDEN = tuple((re.compile(pattern, re.IGNORECASE), zh, en) for zh, en, pattern in _RULES)


def in_document(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where a YAML document names such a feature: by a key, or by a permission."""
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*path, key)
            yield from ((here, zh, en) for zh, en in _found(str(key)))
            yield from in_document(value, here)
    elif isinstance(data, list):
        for index, item in enumerate(data):
            if isinstance(item, str) and path and path[-1] == "permissions":
                yield from (((*path, index), zh, en) for zh, en in _found(item))
            else:
                yield from in_document(item, (*path, index))


def in_columns(columns: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    return [(zh, en, column) for column in columns for zh, en in _found(column)]


def _found(name: str) -> Iterator[tuple[str, str]]:
    for pattern, zh, en in _FORBIDDEN:
        if pattern.search(name):
            yield (
                f"国办函〔2026〕12号不允许{zh}，配置不得引入",
                f"{en} are not allowed and cannot be brought in by a profile",
            )
