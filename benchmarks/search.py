"""Search over HTTP at 1,000,000 cases, for people of every scope, against LIKE over the same rows in the same run.

Each case has a title and a description of its own words: a road, a thing, what is wrong with it, a few sentences
that all of them share, and a number of its own. Selective queries (a road with a thing, a rare word, a rare word
without another) are judged; LIKE asks for the same words over the whole district, newest first, a page of them, as
the owner of the tables, whom row-level security does not slow down. Words that every case has, two common words that
never meet, and odd input are timed beside them and judged by the same bound, ten times as wide.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks import _visitors as visitors
from benchmarks import list_first_page as lists
from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import installation, web
from wangge.kit.text import search_tokens

CASES, TEXTS, BLOCK = 1_000_000, 40_000, 50_000
WARM_UP, REQUESTS, LIKES = 20, 150, 12
GOAL_MS, GOAL_RATIO = 50.0, 15.0
MOST_UNSELECTIVE = 10 * GOAL_MS

_THINGS = (
    "井盖", "路灯", "护栏", "垃圾桶", "消火栓", "电线杆", "公交站牌", "行道树",
    "健身器材", "下水道", "配电箱", "广告牌", "交通信号灯", "停车位", "绿化带", "人行道",
)  # fmt: skip
_FAULTS = (
    "松动", "破损", "倾斜", "丢失", "堵塞", "冒水", "漏电", "占道", "异响", "不亮", "脱落", "被盗", "生锈", "塌陷",
)  # fmt: skip
_RARE = (
    "锦鲤", "琉璃瓦", "编钟", "龙舟", "皮影", "风筝", "算盘", "砚台", "油纸伞", "石榴", "蜂箱", "陶罐",
)  # fmt: skip
_COMMON = "来电人反映该处行人车辆较多，存在安全隐患，希望有关部门尽快派人到现场查看处理并回复处理结果。"
_LINE = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"

_TEXT = """
create table bench_text (n bigint primary key, title text, description text, tokens tsvector);
"""
_CASES = lists._CASES.replace(
    "'路边井盖松动 ' || b.k, '行人经过有异响'", "t.title, t.description || ' ' || b.k"
).replace("from bench_case b join", "from bench_case b join bench_text t on t.n = (b.k * 7907) % {texts} join")
_SEARCH = """insert into casework_search (case_id, tokens)
  select b.id, t.tokens || array_to_tsvector(array[b.k::text])
    from bench_case b join bench_text t on t.n = (b.k * 7907) % {texts}"""


def roads(chance: random.Random) -> list[str]:
    return sorted({"".join(chance.sample(_LINE, 2)) + kind for kind in "路街巷" for _ in range(150)})


def run() -> list[Measured]:
    chance = random.Random(6)
    known = roads(chance)
    selective, others = _questions(chance, known)
    with installation() as made:
        people: dict[str, Any] = visitors.people(made)
        with made.connect() as connection:
            connection.execute(lists._PREPARE)
            _fill(connection, chance, known)
            like = _like(connection, selective)
        with web(made, workers=1) as port:
            ours = {who: _asked(port, one["cookie"], selective) for who, one in people.items()}
            rest = {who: _each(port, one["cookie"], others) for who, one in people.items()}
        queries = visitors.queries(made, [(people["operator"]["cookie"], _path(selective[0]))])
    return _judged(ours, rest, like, queries[0])


def _judged(
    ours: dict[str, list[float]], rest: dict[str, dict[str, float]], like: list[float], queries: int
) -> list[Measured]:
    p99 = {who: percentile(taken, 0.99) for who, taken in ours.items()}
    worst = max(p99, key=lambda who: p99[who])
    slowest = max(max(one.values()) for one in rest.values())
    typical = percentile(ours["operator"], 0.5)
    detail = {
        "cases": CASES,
        "worst": worst,
        "queries": queries,
        "p50_ms": {who: round(percentile(taken, 0.5), 1) for who, taken in ours.items()},
        "p99_ms": {who: round(value, 1) for who, value in p99.items()},
        "like_p50_ms": round(percentile(like, 0.5), 1),
        "unselective_ms": {who: {q: round(ms, 1) for q, ms in one.items()} for who, one in rest.items()},
    }
    return [
        Measured("search", p99[worst], percentile(like, 0.99), GOAL_MS, "ms p99", "ours", "at_most", detail),
        Measured("search_like", percentile(like, 0.5) / typical, 1.0, GOAL_RATIO, "times LIKE, median of the district"),
        Measured("search_unselective", slowest, percentile(like, 0.5), MOST_UNSELECTIVE, "ms", "ours", "at_most"),
    ]


def _questions(chance: random.Random, known: list[str]) -> tuple[list[str], list[str]]:
    selective = [
        *(f"{chance.choice(known)} {chance.choice(_THINGS)}{chance.choice(_FAULTS)}" for _ in range(60)),
        *(f"{chance.choice(known)} {chance.choice(_THINGS)}" for _ in range(40)),
        *_RARE,
        *(f"{one} -{chance.choice(_THINGS)}" for one in _RARE),
        *(f"“{chance.choice(known)}{chance.choice(_THINGS)}{chance.choice(_FAULTS)}”" for _ in range(20)),
        *(str(chance.randrange(10_000, 99_999)) for _ in range(10)),
    ]
    chance.shuffle(selective)
    others = [
        "安全隐患",
        "行人车辆",
        "井盖 路灯",
        "井盖松动 护栏倾斜",
        "现场查看 -井盖",
        "路",
        "？！",
        "没有这样的字",
        "x" * 2_000,
    ]
    return selective, others


def _fill(connection: psycopg.Connection[Any], chance: random.Random, known: list[str]) -> None:
    started = time.perf_counter()
    connection.execute("set synchronous_commit = off")
    connection.execute(_TEXT)
    with connection.cursor() as cursor, cursor.copy("copy bench_text from stdin") as copy:
        for n in range(TEXTS):
            copy.write_row(_text(n, chance, known))
    connection.execute("drop index case_search_tokens")
    for first in range(1, CASES + 1, BLOCK):
        connection.execute(lists._PLAN.format(size=CASES, first=first, last=min(first + BLOCK - 1, CASES)))
        connection.execute("analyze bench_case")
        connection.execute(_CASES.format(size=CASES, texts=TEXTS))
        connection.execute(lists._OTHERS[0])
        connection.execute(_SEARCH.format(texts=TEXTS))
    connection.execute("set maintenance_work_mem = '512MB'")
    connection.execute("create index case_search_tokens on casework_search using gin (tokens)")
    connection.execute("vacuum analyze")
    progress(f"{CASES:,} cases in {time.perf_counter() - started:.0f} s")


def _text(n: int, chance: random.Random, known: list[str]) -> tuple[int, str, str, str]:
    road, thing, fault = chance.choice(known), chance.choice(_THINGS), chance.choice(_FAULTS)
    rare = f"旁边有{chance.choice(_RARE)}，" if n % 400 == 0 else ""
    title = f"{road}{thing}{fault}"
    body = f"{road}{chance.randrange(1, 200)}号门口{thing}{fault}，{rare}{''.join(chance.sample(_LINE, 12))}，{_COMMON}"
    tokens = " ".join(f"'{one}'" for one in search_tokens(f"{title}\n{body}"))
    return n, title, body, tokens


def _like(connection: psycopg.Connection[Any], questions: list[str]) -> list[float]:
    """Milliseconds of a page of the newest with each word in title or description; the first ones are not counted."""
    taken = []
    for question in questions[: LIKES + 2]:
        wanted = [part for part in question.replace("“", "").replace("”", "").split() if not part.startswith("-")]
        barred = [part[1:] for part in question.split() if part.startswith("-")]
        has = "(title || ' ' || description) like %s"
        conditions = " and ".join([has] * len(wanted) + [f"not {has}"] * len(barred))
        started = time.perf_counter()
        connection.execute(
            f"select id from casework_case where {conditions} order by submitted_at desc, id desc limit 21",
            [f"%{part}%" for part in (*wanted, *barred)],
        ).fetchall()
        taken.append((time.perf_counter() - started) * 1000)
    progress(f"LIKE: p50 {percentile(taken[2:], 0.5):.0f} ms")
    return taken[2:]


def _path(question: str) -> str:
    return f"/api/v1/search?q={quote(question)}"


def _asked(port: int, cookie: str, questions: list[str]) -> list[float]:
    line = visitors.Line(port, cookie)
    taken = []
    rows = 0
    for n in range(WARM_UP + REQUESTS):
        taken.append(line.timed("GET", _path(questions[n % len(questions)])))
        rows += len(json.loads(line.body)["items"])
    progress(
        f"p50 {percentile(taken[WARM_UP:], 0.5):.1f} ms, p99 {percentile(taken[WARM_UP:], 0.99):.1f} ms, {rows} rows"
    )
    return taken[WARM_UP:]


def _each(port: int, cookie: str, questions: list[str]) -> dict[str, float]:
    line = visitors.Line(port, cookie)
    return {one[:12]: percentile([line.timed("GET", _path(one)) for _ in range(5)], 0.5) for one in questions}
