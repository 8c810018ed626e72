"""What must not be asked of people at the base, whatever the reason given.

国办函〔2026〕12号 (as reprinted, to be verified): no punch-cards, points leagues, counts of online time, rankings
by log-ins, forced installing, forced photos, video or tracks. Wangge has none of these; nor can it be used to ask for
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

DOCUMENT = "国办函〔2026〕12号"
_KINDS = (
    ("打卡、签到", "punch-cards", r"打卡|签到|punch.?card|clock.?in\b|check.?in\b|attendance"),
    ("积分排名", "points leagues", r"积分(?!落户|入学)|points?.?(?:league|rank)|league table"),
    ("统计在线时长", "counts of online time", r"(?:在线|上线|使用)时[长间]|online.?(?:time|hours|minutes)"),
    (
        "登录、活跃度排名通报",
        "rankings by log-ins",
        r"(?:登[录陆]|上线|日活|活跃|使用率|转发|点赞).{0,6}(?:排名|排行|通报|次数|率)|活跃度|log.?in.?(?:rank|count)|leaderboard",
    ),
    (
        "强制安装、注册、关注",
        "forced installing",
        r"(?:强制|必须|一律|要求).{0,8}(?:下载|安装|注册|关注|转发|点赞)|forced install",
    ),
    (
        "强制轨迹、拍照、录像",
        "forced tracks, photos or video",
        r"轨迹|(?:强制|必须|每日|每次|逐户).{0,8}(?:拍照|录像|录视频|定位)|trajector|gps.?track|forced.?(?:photo|video)",
    ),
)
_RULES = tuple((zh, en, re.compile(pattern, re.IGNORECASE)) for zh, en, pattern in _KINDS)


@dataclass(frozen=True)
class Refusal:
    zh: str
    en: str


def refusal(texts: Iterable[str]) -> Refusal | None:
    """Why what these texts ask for is out of the question; None when it is not."""
    for text in texts:
        for zh, en, pattern in _RULES:
            if pattern.search(text):
                return Refusal(
                    f"{DOCUMENT}：政务应用不得{zh}，此项不予受理（依转载文本，待核对原文）",
                    f"{DOCUMENT} (as reprinted, to be verified) does not allow {en}",
                )
    return None
