"""Which words of a text named the place, when a person has said where it was."""

from __future__ import annotations

import re

import rjieba

from wangge.kit.nameless import without_names
from wangge.kit.written import plain, redacted
from wangge.registry.places import words
from wangge.registry.places.gazetteer import Gazetteer, level_of
from wangge.registry.places.kinds import Form
from wangge.registry.places.weighing import resolve

LONGEST = 24
_END = "小区|花园|家园|佳苑|嘉园|公寓|大厦|广场|市场|商场|宿舍|新村|山庄|大院|公园|学校|医院|菜场|电影院|厂|苑|城|村|院"
_NAMED = re.compile(rf"[\u4e00-\u9fffa-z0-9]{{1,12}}(?:{_END})")
_NUMBER = re.compile(r"(?:[0-9]+|[零一二三四五六七八九十百]+)(?:号楼|号院|栋|幢|座|单元|号|#|-|室|层)")
_RUN = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffa-z0-9]*")
_CLAUSES = re.compile(r"[，,。；;！!？?]+")
_MARKED = re.compile(r"〔[^〕]{0,10}〕")
_NEAR = re.compile(r"(?:门口|附近|旁边|对面|楼下|北门|南门|东门|西门|里面|院内|路口|交叉口)+$")
# What many places have, what says that no place was given, and what only says whose it is: none is a name.
_KINDS = frozenset(
    (
        "小区", "社区", "花园", "家园", "公寓", "大厦", "广场", "市场", "菜市场", "农贸市场", "批发市场", "商场",
        "超市", "宿舍", "学校", "小学", "中学", "幼儿园", "大学", "医院", "菜场", "电影院", "公园", "大院", "院子",
        "楼道", "楼梯", "楼顶", "楼下", "楼上", "楼", "单元", "走廊", "电梯", "地下室", "地下", "车库", "停车场",
        "停车位", "车位", "大门", "门口", "门", "路口", "路边", "路", "马路", "道路", "人行道", "街", "街道", "巷子",
        "胡同", "村", "村里", "村子", "工地", "垃圾桶", "垃圾站", "公厕", "厕所", "店", "商店", "饭店", "酒店",
        "宾馆", "餐馆", "烧烤店", "手机店", "网吧", "银行", "药店", "理发店", "公司", "物业", "单位", "工厂", "厂",
        "派出所", "居委会", "村委会", "办事处", "服务中心", "中心", "公交站", "车站", "地铁站", "加油站", "河道",
        "河边", "河", "桥", "桥下", "广告牌", "篮球场", "健身器材", "绿化带", "草坪", "树", "路灯", "井盖", "家",
        "家里", "家中", "住处", "地方", "现场", "附近", "周边", "周围", "旁边", "对面", "门前", "门外", "本", "该",
        "某", "此", "各", "我", "我们", "们", "里", "内", "外", "上", "下", "中", "里面", "外面", "内部", "的",
        "住宅", "住宅小区", "居民", "居民区", "居民楼", "业主", "商铺", "门面", "门头房", "沿街", "全", "区", "城",
        "市", "园", "苑", "院",
    )
)  # fmt: skip
_NOTHING = re.compile(
    "不详|不知|未知|未提供|同上|不愿|匿名|保密|无法|没有|不清楚|不方便|待定|如题|见附件|详见|来电|反映人|投诉人"
)
_SOMEBODYS = re.compile("(?<![之人农渔酒])家[里中]?$")
_AFTER = frozenset("住在于位到从往至是的与及跟离去由被让我你他这那个有了着过说问请就也都还又再为叫找")


def phrase_of(address: str, story: str, book: Gazetteer) -> str:
    """What the place was called: in the address what stands before its numbers, else a name told in the story."""
    for text, found in ((address, _of_address), (story, _of_story)):
        canonical = words.canonical(_MARKED.sub("，", redacted(plain(text, longest=2000))))
        phrase = found(_without_areas(canonical, book)) if canonical else ""
        if 2 <= len(phrase) <= LONGEST and words.HAN.match(phrase) and is_name(phrase):
            return phrase
    return ""


def is_name(phrase: str) -> bool:
    """Whether it may be one place's own name: 楼道, 本小区 and 不详 stand in texts from everywhere."""
    if _NOTHING.search(phrase) or _SOMEBODYS.search(phrase) or without_names(phrase) != phrase:
        return False
    return any(token not in _KINDS and any(sign not in _KINDS for sign in token) for token in rjieba.cut(phrase, False))


def _without_areas(text: str, book: Gazetteer) -> str:
    """Areas named outright say where a place is and not what it is called."""
    for mention in reversed(book.phrases.exact(text)):
        what, row, form = mention.entry
        if what == 0 and form is Form.FULL and book.areas[row].level < 3:
            text = f"{text[: mention.start]}，{text[mention.end :]}"
    return re.sub(r"[\u4e00-\u9fff]{2,4}[省市]", "，", text)


def _of_address(text: str) -> str:
    for clause in _CLAUSES.split(text):
        number = _NUMBER.search(clause)
        head = _NEAR.sub("", clause[: number.start()] if number else clause)
        runs = _RUN.findall(head)
        if runs and 2 <= len(runs[-1]) <= LONGEST:
            return _trimmed(runs[-1])
    return ""


def _of_story(text: str) -> str:
    found = _NAMED.search(text)
    phrase = _trimmed(found.group()) if found else ""
    return phrase if len(phrase) > 2 else ""


def _trimmed(run: str) -> str:
    """Without the talk before a name: 我住在老电影院 → 老电影院."""
    last = max((i for i, sign in enumerate(run) if sign in _AFTER or (sign == "和" and i > 2)), default=-1)  # 和平小区
    run = run[last + 1 :]
    tokens = rjieba.cut(run, False)
    while len(tokens) > 1 and tokens[0] in ("反映", "举报", "投诉", "来电", "关于", "附近", "昨天", "今天", "晚上"):
        run = run.removeprefix(tokens.pop(0))
    return run


def rivals(phrase: str, area_pos: int, book: Gazetteer) -> list[str]:
    """Places of other streets that the phrase already names: making it an alias would set two streets against each
    other."""
    found = []
    for one in resolve(phrase, book).candidates:
        street = book.path(one.area_pos)[1:2]
        if one.probability >= 0.2 and level_of(one.area_pos) >= 1 and street != book.path(area_pos)[1:2]:
            found.append(f"{''.join(street)}{one.name}")
    return found
