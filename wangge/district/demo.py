"""The people of a demonstration: made-up names that say so, one password, an account for each role."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from wangge.district.models import LoadedProfile
from wangge.district.read import Profile
from wangge.org import selectors as orgs
from wangge.org import services as org

PASSWORD = "wangge-demo"  # noqa: S105 - printed on the sign-in page of the demonstration
SINCE = dt.date(2026, 1, 1)
FAMILY_NAMES = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚"
    "邵万钱严覃武戚莫孔向汤"
)
GIVEN_CHARACTERS = (
    "泉河湖山石松柏竹梅兰荷柳桐槐云霞晨晓明清和平安宁康健春夏秋冬雨雪风帆舟桥路亭园林"
    "田禾麦谷文武书画琴棋诗礼仁义智信诚实勤俭"
)


@dataclass(frozen=True)
class AccountRow:
    username: str
    role_name: str
    unit: str
    does_zh: str


def populate(profile: Profile) -> int:
    """Make everybody who is missing; how many there are."""
    rows = [*_accounts(profile), *_others(profile)]
    org.load_people(rows, password=PASSWORD, since=SINCE)
    org.show_demo_accounts(
        (line.row.username, line.row.does_zh, line.row.does_en, line.row.page) for line in profile.accounts
    )
    return len(rows)


def accounts() -> list[AccountRow]:
    """The accounts offered on the sign-in page."""
    found = []
    for account in orgs.demo_accounts():
        post = account.user.posts.all()[0]
        found.append(AccountRow(account.user.username, post.role.name, post.unit.name, account.does_zh))
    return found


def loaded() -> LoadedProfile | None:
    """The profile in force."""
    return LoadedProfile.objects.order_by("-id").first()


def made_up_name(key: str) -> str:
    """A name that depends on the key alone and says that nobody bears it."""
    digest = hashlib.sha256(key.encode()).digest()
    family = FAMILY_NAMES[digest[0] % len(FAMILY_NAMES)]
    given = "".join(GIVEN_CHARACTERS[one % len(GIVEN_CHARACTERS)] for one in digest[1:3])
    return f"{family}{given}（演示）"


def _accounts(profile: Profile) -> Iterator[org.PersonRow]:
    for line in profile.accounts:
        yield _person(line.row.username, line.row.unit, line.row.role)


# How many hold each role in a unit of a kind; usernames are the unit's code and a short mark.
_STAFF: dict[str, tuple[tuple[str, str, int], ...]] = {
    "grid_team": (("grid_member", "y", 1),),
    "community": (("grid_lead", "z", 1), ("community_cadre", "s", 1)),
    "subdistrict": (("subdistrict_dispatcher", "p", 2), ("subdistrict_leader", "l", 1)),
    "department": (("department_clerk", "j", 2), ("department_leader", "l", 1)),
    "company": (("department_clerk", "j", 2), ("department_leader", "l", 1)),
    "command": (("district_operator", "z", 6), ("district_supervisor", "d", 4), ("arbiter", "c", 1)),
    "district": (("district_leader", "l", 3),),
}


def _others(profile: Profile) -> Iterator[org.PersonRow]:
    for line in profile.units:
        unit = line.row
        for role, mark, count in _STAFF[unit.kind]:
            if role in profile.roles:
                for number in range(1, count + 1):
                    yield _person(f"{unit.code.lower()}-{mark}{number}", unit.code, role)


def _person(username: str, unit: str, role: str) -> org.PersonRow:
    return org.PersonRow(username=username, name=made_up_name(username), unit_code=unit, role_code=role)
