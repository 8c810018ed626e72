"""Make the demonstration buildings of a profile: `buildings.csv.gz`.

    python tools/make_profile_buildings.py shizhong lixia

Estates, house numbers and points are made up around real street and community names, so that every terminal grid has
addresses to try with; no line describes a real building. The same areas give the same file.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely

sys.path.insert(0, str(Path(__file__).parent))
from make_profile_geometry import ROOT, fill, noise

PER_GRID = {"shizhong": 1.5, "lixia": 3.2}
ROADS = {
    "370103002": "经二路 经三路 经四路 纬二路 纬四路 纬五路",
    "370103003": "经七路 经六路 建设路 乐山路 自由大街 纬二路",
    "370103004": "英雄山路 玉函路 建设路 经十路",
    "370103006": "经二路 经四路 顺河街 魏家庄街 馆驿街",
    "370103008": "二七新村路 建设路 铁路大厂路 郎茂山路",
    "370103009": "七里山路 郎茂山路 二七南路 英雄山路",
    "370103010": "六里山路 英雄山路 玉函路 七里山路 英西南路",
    "370103012": "舜玉路 舜耕路 南坛路 玉函路",
    "370103014": "共青团路 泺源大街 普利街 永长街 青年西路",
    "370103015": "王官庄路 刘长山路 机床二厂路 阳光新路",
    "370103016": "舜耕路 舜德路 旅游路 舜世路",
    "370103017": "刘长山路 白马山西路 白马山南路 经十西路",
    "370103018": "二环南路 七贤路 南辛庄西路 英雄山路",
    "370103019": "二环南路 英雄山路 土屋路 南苑路",
    "370103020": "兴隆路 二环南路 旅游路 浆水泉路",
    "370103021": "党家路 京福路 党西路 邵而路",
    "370103022": "陡沟路 经十西路 丰齐路 担山屯路",
    "370102001": "解放路 历山路 后坡街 青龙后街",
    "370102002": "千佛山路 经十一路 千佛山东路 历山路 棋盘街",
    "370102003": "趵突泉南路 文化西路 朝山街 泺文路 佛山街",
    "370102004": "泉城路 芙蓉街 贡院墙根街 省府前街",
    "370102005": "大明湖路 按察司街 县西巷 县东巷 舜井街",
    "370102006": "东关大街 东仓路 长盛街 历山路 花园路",
    "370102007": "山大路 山师东路 文化东路 和平路 羊头峪路",
    "370102008": "花园路 解放路 山大北路 和平新村路",
    "370102009": "甸柳新村路 解放东路 燕子山路 二环东路",
    "370102010": "燕子山路 和平路 益寿路 燕山路",
    "370102011": "花园东路 工业南路 姚家东路 浆水泉路 解放东路",
    "370102012": "龙洞路 旅游路 转山西路 龙鼎大道 奥体西路",
    "370102013": "工业南路 新泺大街 舜华路 凤凰路 中林路",
}
SUFFIXES = ("小区", "花园", "家园", "佳苑", "新村", "嘉园")
WHOLE = ("小区", "苑", "新村", "花园", "家园", "山庄", "府", "城", "郡", "豪庭", "嘉园")


def estate_names(community: str, village: bool, count: int, taken: set[str]) -> list[str]:
    """`count` names that begin as the community's; no two communities share one."""
    base = community.removesuffix("社区")
    if village:
        names = [base, *(f"{base}新居{i}区" for i in range(1, count + 1))]
    elif base.endswith(WHOLE):
        names = [base, *(f"{base}{side}区" for side in "东西南北中")]
    else:
        names = [f"{base}{suffix}{phase}" for phase in ("", "二期", "三期") for suffix in SUFFIXES]
        names = [name for name in names if name not in taken]
    return names[:count]


def spots(polygon: Any, count: int) -> list[tuple[float, float]]:
    """Points well inside the polygon, spread over it."""
    inner = polygon.buffer(-0.12 * polygon.area**0.5)
    points = fill(inner if inner.geom_type == "Polygon" and not inner.is_empty else polygon, max(8, 3 * count))
    step = max(1, len(points) // count)
    return [(round(float(x), 6), round(float(y), 6)) for x, y in points[::step][:count]]


def make(profile: str) -> None:
    folder = ROOT / "profiles" / profile
    with (folder / "areas.csv").open(encoding="utf-8", newline="") as file:
        areas = {row["code"]: row for row in csv.DictReader(file)}
    document = json.loads(gzip.decompress((folder / "boundaries.geojson.gz").read_bytes()))
    shapes = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in document["features"]}
    district = next(row["name"] for row in areas.values() if row["level"] == "0")
    grids: dict[str, list[str]] = defaultdict(list)
    for code, row in areas.items():
        if row["level"] == "3":
            grids[row["parent_code"]].append(code)
    bases = {row["name"].removesuffix("社区") for row in areas.values() if row["level"] == "2"}
    rows = [
        line
        for community in sorted(grids)
        for line in buildings(district, areas, sorted(grids[community]), shapes, PER_GRID[profile], bases)
    ]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["code", "estate", "name", "address", "kind", "grid_code", "lon", "lat", "households"])
    table.writerows(rows)
    (folder / "buildings.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    print(f"{district}: {len(rows)} buildings in {sum(map(len, grids.values()))} grids")  # noqa: T201


def buildings(
    district: str, areas: dict[str, Any], codes: list[str], shapes: dict[str, Any], share: float, bases: set[str]
) -> list[list[object]]:
    """The lines of one community, whose grids are `codes`."""
    place = areas[areas[codes[0]]["parent_code"]]
    village = place["kind"] == "village"
    street = areas[place["parent_code"]]
    roads = ROADS[street["code"]].split()
    estates = estate_names(place["name"], village, max(1, round(len(codes) / 4)), bases)
    numbers: dict[str, int] = defaultdict(int)
    doors = {e: (roads[int(noise(e, "road") * len(roads))], 2 + 2 * int(noise(e, "door") * 140)) for e in estates}
    rows: list[list[object]] = []
    for index, grid in enumerate(codes):
        estate = estates[index * len(estates) // len(codes)]
        road, door = doors[estate]
        wanted = max(1, int(share + noise(grid, "buildings")))
        points = spots(shapes[grid], wanted + (index == 0))
        people = int(areas[grid]["households"])
        for position, (lon, lat) in enumerate(points[:wanted]):
            numbers[estate] += 1
            name = f"{numbers[estate]}号院" if village else f"{numbers[estate]}号楼"
            where = f"{district}{street['name']}" + (f"{estate}{name}" if village else f"{road}{door}号{estate}{name}")
            homes = people // wanted + (people % wanted if position == 0 else 0)
            rows.append([f"{grid}-{position + 1:02d}", estate, name, where, "residential", grid, lon, lat, homes])
        if index == 0:
            lon, lat = points[-1]
            name = f"{place['name']}党群服务中心"
            where = f"{district}{street['name']}{road}{door + 1}号{name}"
            rows.append([f"{grid}-90", "", name, where, "public", grid, lon, lat, 0])
    return rows


if __name__ == "__main__":
    for wanted_profile in sys.argv[1:] or list(PER_GRID):
        make(wanted_profile)
