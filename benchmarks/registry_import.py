"""A sheet of a million residents checked, compared with the known, sealed and written, against COPY of the rows alone.

Ours is the whole of `wangge registry import`, in a process of its own as the application's role under row-level
security: reading a CSV, checks, two look-ups for doubles, envelopes and blind indexes, dwellings, households, ties and
the log. The baseline copies the same people in the clear, as the owner, into a table of the same columns, indexes and
keys, in transactions of the same size. The numbers are impossible (no place has the area code) but well formed.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks._harness import Measured, progress
from benchmarks._scratch import COMMAND, Installation, installation
from wangge.kit.identity import check_character

ROWS = int(os.environ.get("WANGGE_BENCH_ROWS", "1000000"))
LOT = 2000
GOAL = 0.08
MEMORY_GOAL = 2048  # MiB
AREA = "999999"
HEAD = (
    "姓名",
    "证件类型",
    "证件号码",
    "性别",
    "联系电话",
    "人口类型",
    "户号",
    "与户主关系",
    "楼栋编码",
    "单元",
    "房号",
    "民族",
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红建国文辉力志永健世广义兴良海山仁波宁贵福生龙元全"
_DAYS = 33_000
_FIRST = dt.date(1935, 1, 1)


def run() -> list[Measured]:
    with installation() as made:
        file = made.data_dir / "residents.csv"
        with made.connect() as connection:
            codes = [row[0] for row in connection.execute("select code from registry_building order by code")]
        _write(file, codes)
        seconds, memory, counts = _ours(made, file)
        progress(f"ours: {seconds:.1f} s, {ROWS / seconds:,.0f} rows/s, {memory} MiB, {counts}")
        baseline = _copied(made, file)
        progress(f"plain: {baseline:.1f} s, {ROWS / baseline:,.0f} rows/s")
    detail = {"rows": ROWS, "seconds": round(seconds, 1), "plain_seconds": round(baseline, 1), **counts}
    return [
        Measured("registry_import", ROWS / seconds, ROWS / baseline, GOAL, "rows/s", detail=detail),
        Measured(
            "registry_import_memory", memory, MEMORY_GOAL, MEMORY_GOAL, "MiB", judged="ours", sense="at_most",
            detail={"what": "resident memory of the importing process and its two helpers, at their peak"},
        ),
    ]  # fmt: skip


def people(codes: list[str]) -> Iterator[tuple[str, ...]]:
    """Households of one to four, a dwelling each, building by building."""
    chance, number = random.Random(345), 0
    for home in range(ROWS):
        building = home * len(codes) // max(1, ROWS * 2 // 5) % len(codes)
        room = home % 60
        for role in ("户主", "配偶", "子女", "子女")[: chance.choice((1, 2, 2, 3, 4))]:
            if number == ROWS:
                return
            yield _person(number, chance, role, home, codes[building], room)
            number += 1


def _person(number: int, chance: random.Random, role: str, home: int, code: str, room: int) -> tuple[str, ...]:
    born = _FIRST + dt.timedelta(days=number % _DAYS)
    body = f"{AREA}{born:%Y%m%d}{number // _DAYS:03}"
    name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2, 2))))
    return (
        name, "居民身份证", body + check_character(body), "", f"139{number:08}"[:11], "户籍人口", f"B{home:07}", role,
        code, f"{room // 30 + 1}单元", f"{room % 30 // 3 + 1}{room % 3 + 1:02}", "汉族",
    )  # fmt: skip


def _write(file: Path, codes: list[str]) -> None:
    progress(f"write {ROWS:,} rows")
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEAD)
        writer.writerows(people(codes))


def _ours(made: Installation, file: Path) -> tuple[float, int, dict[str, Any]]:
    command = [*COMMAND, "registry", "import", str(file), "--kind", "residents", "--source", "benchmark"]
    started = time.perf_counter()
    with subprocess.Popen(command, env=made.environment, stdout=subprocess.PIPE, stderr=sys.stderr, text=True) as done:
        peak = Peak(done.pid)
        said = done.stdout.read() if done.stdout else ""
    seconds = time.perf_counter() - started
    memory = peak.end()
    if done.returncode:
        raise RuntimeError(said)
    with made.connect() as connection:
        row = connection.execute(
            "select created, changed, same, conflicts, failed,"
            " (select count(*) from registry_person), (select count(*) from registry_dwelling),"
            " (select count(*) from registry_household) from registry_import"
        ).fetchone()
    assert row is not None
    names = ("created", "changed", "same", "conflicts", "failed", "persons", "dwellings", "households")
    counts = dict(zip(names, row, strict=True))
    if sum(row[:5]) != ROWS:
        raise RuntimeError(f"not every row is accounted for: {counts}")
    return seconds, memory, counts


class Peak:
    """The largest sum of what a process and its children hold in memory, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self._largest, self._ended = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self._largest = max(self._largest, sum(_held(pid) for pid in _family(self._pid)))

    def end(self) -> int:
        """In MiB."""
        self._ended.set()
        self._thread.join()
        return self._largest // 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in task.read_text().split() for one in _family(int(child))]
        except OSError:
            continue  # it has just ended
    return found


def _held(pid: int) -> int:
    """Its own pages and its share of those it has in common, in KiB."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass  # it has just ended
    return 0


_PLAIN = """
create table plain (like registry_person including defaults including indexes including constraints);
alter table plain add foreign key (household_id) references registry_household deferrable initially deferred,
    add foreign key (dwelling_id) references registry_dwelling deferrable initially deferred;
"""


def _copied(made: Installation, file: Path) -> float:
    """Seconds to COPY the people's rows into a table like theirs, the envelope in the clear.

    The rows are read back, so that homes and households are the same; what stands in the sealed column is the text of
    the sheet. The look-up numbers stay, since a table of the same shape has the same indexes.
    """
    with made.connect() as connection, file.open(encoding="utf-8", newline="") as sheet:
        connection.execute(_PLAIN)
        columns = _columns(connection)
        plain = _clear(sheet)
        seconds = 0.0
        picks = ", ".join("null" if name == "sealed" else f'"{name}"' for name in columns)
        with connection.transaction(), connection.cursor("rows") as rows:
            rows.execute(f"select {picks} from registry_person order by id")
            rows.itersize = LOT
            at = columns.index("sealed")
            with psycopg.connect(made.server.owner_url, autocommit=True) as writing:
                while lot := rows.fetchmany(LOT):
                    clear = [(*row[:at], next(plain), *row[at + 1 :]) for row in lot]
                    seconds += _copy(writing, columns, clear)
    return seconds


def _columns(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "select column_name from information_schema.columns where table_name = 'plain'"
        " and table_schema = current_schema() order by ordinal_position"
    )
    return [row[0] for row in rows]


def _clear(sheet: Any) -> Iterator[bytes]:
    for row in csv.reader(sheet):
        yield ",".join((row[0], row[2], row[4], row[11])).encode()


def _copy(connection: psycopg.Connection[Any], columns: list[str], rows: list[tuple[Any, ...]]) -> float:
    """Only the sending is timed: the text is made before."""
    names = ", ".join(f'"{name}"' for name in columns)
    made = "".join("\t".join(map(_text, row)) + "\n" for row in rows).encode()
    started = time.perf_counter()
    with (
        connection.transaction(),
        connection.cursor() as cursor,
        cursor.copy(f"copy plain ({names}) from stdin") as copy,
    ):
        copy.write(made)
    return time.perf_counter() - started


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, dict):
        import json

        return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
