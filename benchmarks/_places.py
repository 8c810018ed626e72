"""Texts about places whose truth is known, written by rules of their own: nothing here is shared with the finder.

A building of the registry is drawn; some parts of its address are said and others dropped; numbers, signs and words
are written as people write them; one in seven names gets a slip of the pen; there may be talk around it. Whether what
is left still tells one building is decided by looking the said parts up in the registry, not by the finder. Texts
with a wrong street, or about places that are not on record, are made beside them: those must be asked.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

PROFILES = Path(__file__).parents[1] / "profiles"
CHATTER_BEFORE = (
    "您好，",
    "你好我想反映一个问题，",
    "我是附近的居民，",
    "群众来电反映：",
    "市民反映，",
    "麻烦帮忙看一下，",
    "请问有没有人管，",
    "昨天晚上11点多，",
    "从上周三开始，",
    "业主投诉：",
    "我妈住在",
    "我家在",
    "老人住",
    "今天路过",
    "希望政府重视。",
    "已经打过3次12345了，",
    "电话13812345678，",
    "🙏求助！",
    "【紧急】",
    "家里2个孩子，",
    "反映",
    "来电人称",
    "举报",
    "关于",
    "我单位位于",
)
CHATTER_AFTER = (
    "楼道灯坏了三天没人修",
    "下水道堵了，污水外溢",
    "垃圾没人清运，味道很大",
    "半夜施工扰民",
    "电动车在楼道里充电",
    "暖气不热，室内才14度",
    "有人占用消防通道",
    "井盖破损，很危险",
    "门口路面塌陷",
    "绿化带被毁种菜",
    "广场舞声音太大",
    "物业不作为",
    "漏水，联系不上邻居",
    "路灯不亮",
    "树枝压到电线了",
    "油烟直排",
    "停水两天了",
    "快递柜占道",
    "有流浪狗伤人",
    "请尽快处理，谢谢！",
    "，5月3日反映过一次，没结果",
    "，我住6楼，电梯坏了",
    "，12岁的孩子差点摔倒",
    "。这个问题拖了半年了，请给个说法。",
    "，已经有10多户反映过了",
)
NEAR_WORDS = ("对面", "旁边", "附近", "北门", "门口", "楼下", "东侧", "南边", "隔壁", "楼后面")
# Each character and one that looks like it.
_ALIKE = (
    "未末土士己已人入天夫日曰田由木本佳隹苑宛园圆庄压泉帛辛幸王玉万方杆杠郎朗历厉明朋刘刈陈阵佛拂马乌贤肾"
    "舜瞬华毕阳阴观规官宫兴头路洛桥侨青清龙尤洞铜姚桃智知远运"
)
SHAPES = dict(zip(_ALIKE[::2], _ALIKE[1::2], strict=True))
DIGITS = "零一二三四五六七八九"
WIDE = str.maketrans("0123456789#-", "０１２３４５６７８９＃－")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Row:
    code: str
    estate: str
    name: str
    address: str
    grid: str
    street: str
    community: str
    road: str  # with its house number
    district: str

    @property
    def number(self) -> str:
        found = _NUMBER.match(self.name)
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Text:
    """`building` and `grid` are empty where the text does not tell them; `asked` where it must not be acted on."""

    text: str
    building: str = ""
    estate: str = ""
    grid: str = ""
    street: str = ""  # code of the true street; empty where no street is true
    asked: bool = False
    traits: tuple[str, ...] = ()


class Writer:
    def __init__(self, profiles: tuple[str, ...], seed: int) -> None:
        self.chance = random.Random(seed)
        self.areas: dict[str, dict[str, str]] = {}
        self.rows: list[Row] = []
        for profile in profiles:
            self._read(PROFILES / profile)
        self.homes = [row for row in self.rows if row.estate and row.number]
        self.by_estate: dict[str, list[Row]] = defaultdict(list)
        for row in self.homes:
            self.by_estate[row.estate].append(row)
        self.streets = sorted({row.street for row in self.rows})
        self.stems = Counter(row.estate for row in self.homes)
        self._sounds = _homophones("".join(self.by_estate) + "".join(a["name"] for a in self.areas.values()))

    def _read(self, folder: Path) -> None:
        with (folder / "areas.csv").open(encoding="utf-8-sig") as stream:
            own = {row["code"]: row for row in csv.DictReader(stream)}
        self.areas |= own
        district = next(row["name"] for row in own.values() if row["level"] == "0")
        with gzip.open(folder / "buildings.csv.gz", "rt", encoding="utf-8-sig") as stream:
            for row in csv.DictReader(stream):
                grid = row["grid_code"]
                street = own[grid[:9]]["name"]
                road = row["address"].partition(street)[2].partition(row["estate"] or row["name"])[0]
                named = (row["code"], row["estate"], row["name"], row["address"])
                self.rows.append(Row(*named, grid, street=grid[:9], community=grid[:12], road=road, district=district))

    # --- texts ---

    def text(self) -> Text:
        kind = self.chance.choices(("home", "wrong_street", "unknown", "crowd"), (86, 5, 7, 2))[0]
        made: Text = getattr(self, f"_{kind}")()
        return made

    def _home(self) -> Text:
        row = self.chance.choice(self.homes)
        says_street = self.chance.random() < 0.55
        says_community = self.chance.random() < 0.15
        says_road = self.chance.random() < 0.25
        says_number = self.chance.random() < 0.9
        traits: list[str] = []
        estate = self._estate(row.estate, traits)
        parts = []
        if self.chance.random() < 0.3:
            parts.append(self.chance.choice(("", "山东省济南市", "济南市", "济南")) + row.district)
        if says_street:
            parts.append(self._street(self.areas[row.street]["name"]))
        if says_community:
            parts.append(self.areas[row.community]["name"] + self.chance.choice(("", "", "居委会")))
        if says_road:
            parts.append(row.road)
        parts.append(estate)
        if says_number:
            parts.append(self._number(row, traits))
        core = "".join(parts)
        if self.chance.random() < 0.15:
            core += self.chance.choice(("", "的")) + self.chance.choice(NEAR_WORDS)
            traits.append("near")
        meant = [
            other
            for other in self.by_estate[row.estate]
            if (not says_street or other.street == row.street)
            and (not says_community or other.community == row.community)
            and (not says_road or other.road == row.road)
        ]
        exact = [other for other in meant if other.number == row.number] if says_number else []
        one_estate = len({other.community for other in meant}) == 1
        return Text(
            self._around(core, traits), row.code if len(exact) == 1 else "", row.estate if one_estate else "",
            row.grid if len(exact) == 1 else "", row.street, traits=tuple(traits),
        )  # fmt: skip

    def _wrong_street(self) -> Text:
        """The estate and a street it does not lie in, both said plainly: nobody can know which is right."""
        row = self.chance.choice(self.homes)
        own = {other.street for other in self.by_estate[row.estate]}
        other = self.chance.choice([s for s in self.streets if s not in own])
        core = self.areas[other]["name"] + row.estate + f"{row.number}号楼"
        return Text(self._around(core, []), asked=True, traits=("wrong_street",))

    def _unknown(self) -> Text:
        """An estate that is not on record, in a street that is, or in none."""
        heads = ("金桂", "鲁邦", "恒泰", "汇泉", "御景", "盛和", "天瑞", "翰林", "凯旋", "枫林", "澜庭", "悦海")
        name = self.chance.choice(heads) + self.chance.choice(("花园", "小区", "家园", "公馆", "华府", "山庄"))
        while name in self.by_estate:
            name = "新" + name
        row = self.chance.choice(self.homes)
        said = self.chance.random() < 0.5
        core = (self.areas[row.street]["name"] if said else "") + name + f"{self.chance.randint(1, 30)}号楼"
        return Text(self._around(core, []), street=row.street if said else "", asked=not said, traits=("unknown",))

    def _crowd(self) -> Text:
        """Talk without any place."""
        core = self.chance.choice(CHATTER_BEFORE) + self.chance.choice(CHATTER_AFTER).strip("，。")
        return Text(core, asked=True, traits=("nowhere",))

    # --- ways of writing ---

    def _estate(self, name: str, traits: list[str]) -> str:
        draw = self.chance.random()
        if draw < 0.14:
            traits.append("slip")
            return self._slip(name)
        if draw < 0.2 and name.endswith("小区") and len(name) > 4:
            traits.append("short")
            return name[:-2]
        if draw < 0.24 and not name.endswith(("小区", "村")):
            traits.append("long")
            return name + "小区"
        if draw < 0.27:
            traits.append("traditional")
            return _traditional(name)
        return name

    def _slip(self, name: str) -> str:
        """One change, not in a numeral or a direction, where it would name another place."""
        places = [
            i for i, sign in enumerate(name) if sign not in "0123456789一二三四五六七八九十百东西南北中上下前后新老大小"
        ]
        at = self.chance.choice(places or [0])
        alike = self._sounds.get(name[at], "")
        ways = (
            ["sound"] * (5 if alike else 0) + ["shape"] * (3 if name[at] in SHAPES else 0) + ["swap", "drop", "double"]
        )
        how = self.chance.choice(ways)
        if how == "sound":
            return name[:at] + self.chance.choice(alike) + name[at + 1 :]
        if how == "shape":
            return name[:at] + SHAPES[name[at]] + name[at + 1 :]
        if how == "double":
            return name[:at] + name[at] + name[at:]
        if how == "swap" and 0 < at < len(name):
            return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
        return name[:at] + name[at + 1 :] if len(name) > 4 else name

    def _street(self, name: str) -> str:
        draw = self.chance.random()
        if draw < 0.1 and name.endswith("街道"):
            return name[:-2] + "街办"
        return name + "办事处" if draw < 0.15 and name.endswith("街道") else name

    def _number(self, row: Row, traits: list[str]) -> str:
        number = row.number
        if row.name.endswith("院"):  # a house in a village
            said = _chinese(int(number)) if self.chance.random() < 0.2 else number
            return said + self.chance.choice(("号院", "号"))
        entrance, room = self.chance.randint(1, 5), self.chance.choice((101, 202, 301, 502, 603, 1201))
        draw = self.chance.random()
        if draw < 0.1:
            traits.append("dashes")
            return f"{number}-{entrance}-{room}"
        if draw < 0.17:
            return f"{number}#{entrance}-{room}"
        if draw < 0.37:
            traits.append("chinese")
            body = _chinese(int(number)) + self.chance.choice(("号楼", "号楼", "栋", "幢"))
            return body + (self.chance.choice(("", f"{DIGITS[entrance]}单元")))
        body = number + self.chance.choice(("号楼", "号楼", "号楼", "栋", "幢", "#楼", "号"))
        if self.chance.random() < 0.5:
            body += f"{entrance}单元" + self.chance.choice(("", f"{room}", f"{room}室"))
        if draw > 0.93:
            traits.append("wide")
            return body.translate(WIDE)
        return body

    def _around(self, core: str, traits: list[str]) -> str:
        if self.chance.random() < 0.6:
            core = self.chance.choice(CHATTER_BEFORE) + core
            traits.append("before")
        if self.chance.random() < 0.7:
            core += self.chance.choice(CHATTER_AFTER)
        if self.chance.random() < 0.05:
            core = " ".join(core)
        return core


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return (DIGITS[tens] if tens > 1 else "") + "十" + (DIGITS[ones] if ones else "")


def _traditional(name: str) -> str:
    import opencc

    return str(opencc.OpenCC("s2t").convert(name))


def _homophones(signs: str) -> dict[str, str]:
    """Frequent characters of the same sound without regard to tone, from the dictionary of sounds."""
    from pypinyin import Style, pinyin

    common = sorted(
        set("".join(chr(point) for point in range(0x4E00, 0x9FA6)).encode("gb2312", "ignore").decode("gb2312")[:3755])
    )
    wanted = sorted({sign for sign in signs if "\u4e00" <= sign <= "\u9fff"})
    sound = {sign: pinyin(sign, style=Style.NORMAL)[0][0] for sign in {*common, *wanted}}
    by_sound: dict[str, list[str]] = defaultdict(list)
    for sign in common:
        by_sound[sound[sign]].append(sign)
    return {sign: "".join(one for one in by_sound[sound[sign]] if one != sign) for sign in wanted}
