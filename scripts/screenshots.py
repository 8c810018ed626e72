"""The pictures of docs/screenshots, taken from a running demonstration: screenshots.py http://127.0.0.1:8000"""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import browser as browsers  # noqa: E402 - the repository is put on the path first

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 250_000
COLOURS = (256, 128, 64, 32)
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass(frozen=True)
class Shot:
    """One picture; `map_` waits until a map is drawn, `find` names a list of which one row's page is shown, `press` a
    button that opens a dialog. `{month}` in the path is the month before this one."""

    name: str
    path: str
    by: str | None = None
    screen: dict[str, Any] = field(default_factory=lambda: DESK)
    map_: bool = False
    find: str = ""
    press: str = ""


SHOTS = (
    Shot("sign-in", "/sign-in"),
    Shot("todos", "/todos", "ducha1"),
    Shot("cases", "/cases", "zhihui1"),
    Shot("case", "/cases/{id}", "zhihui1", map_=True, find="/cases?view=all&state=dispatched&limit=20"),
    Shot("new-case", "/cases/new", "zhihui1", map_=True),
    Shot("whistles", "/whistles", "zhihui1"),
    Shot("areas", "/areas", "zhihui1", map_=True),
    Shot("responsibility", "/responsibility", "zhihui1", map_=True),
    Shot("imports", "/imports", "zhihui1"),
    Shot("search", "/search?q=暴露垃圾", "zhihui1"),
    Shot("hotspots", "/hotspots", "zhihui1", map_=True),
    Shot("forecast", "/forecast", "zhihui1", map_=True),
    Shot("models", "/models", "xitong1"),
    Shot("replies", "/replies", "ducha1"),
    Shot("registry", "/registry", "wangge1", map_=True),
    Shot("registry-board", "/registry/buildings/{id}", "wangge1", find="/registry/buildings?limit=100"),
    Shot("registry-statistics", "/registry/statistics", "shequ1"),
    Shot("registry-keys", "/registry/keys", "anquan1"),
    Shot(
        "why-due", "/cases/{id}", "ducha1", find="/cases?view=all&state=dispatched&limit=20", press="为什么是这个时间"
    ),
    Shot("rules", "/rules", "ducha1"),
    Shot("calendar", "/admin/calendar", "xitong1"),
    Shot("notices", "/notices", "chengguan1"),
    Shot("monitoring", "/monitoring", "xitong1"),
    Shot("league", "/appraisal?kind=department&period={month}", "ducha1"),
    Shot("what-if", "/appraisal/schemes?scheme=department_monthly&period={month}", "ducha1"),
    Shot("five-steps", "/appraisal/five-steps?period={month}", "ducha1"),
    Shot("alarm", "/appraisal/alarms/{id}", "ducha1", find="/appraisal/alarms"),
    Shot("bulletin", "/bulletins/{id}", "ducha1", find="/appraisal/bulletins?kind=monthly&whole=true"),
    Shot("division", "/divisions/{id}?community={area}", "jiedao1", map_=True, find="/divisions/plans?state=draft"),
    Shot("division-preview", "/divisions/{id}/publish", "jiedao1", find="/divisions/plans?state=draft"),
    Shot("audit", "/audit", "shenji1"),
    Shot("wall", "/wall", "qulingdao1", WALL, map_=True),
    Shot("field-home", "/field/", "wangge1", PHONE),
    Shot("field-report", "/field/report", "wangge1", PHONE),
    Shot("field-grid", "/field/grid", "wangge1", PHONE, map_=True),
    Shot("field-people", "/field/registry", "wangge1", PHONE),
    Shot("portal", "/report/", None, PHONE),
)


def main(address: str, wanted: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with browsers.launched() as browser:
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                picture = _take(browser, address, shot)
                file = FOLDER / f"{shot.name}.png"
                file.write_bytes(_small(picture))
                print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} kB", flush=True)


def _take(browser: Browser, address: str, shot: Shot) -> bytes:
    context = browser.new_context(base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", **shot.screen)
    context.set_default_timeout(60_000)
    try:
        path = shot.path
        if shot.by:
            _sign_in(context, address, shot.by)
        last_month = datetime.now(ZoneInfo("Asia/Shanghai")).replace(day=1) - timedelta(days=1)
        if "/divisions/" in shot.find:
            _some_plan(context, address, shot.find)
        found = _with_most_to_show(context, shot.find) if shot.find else ""
        area = _community_to_see(context, found) if "{area}" in path else ""
        path = path.format(id=found, area=area, month=f"{last_month:%Y-%m}")
        page = context.new_page()
        page.goto(path)
        _settle(page, shot)
        if shot.press:
            page.get_by_role("button", name=shot.press).first.click()
            page.get_by_role("dialog").filter(visible=True).get_by_role("listitem").first.wait_for()
        return page.screenshot(animations="disabled")
    finally:
        context.close()


def _sign_in(context: BrowserContext, address: str, username: str) -> None:
    context.request.get("/api/v1/session")
    token = next(cookie["value"] for cookie in context.cookies() if cookie.get("name") == "wangge_csrf")
    answer = context.request.post(
        "/api/v1/session",
        data={"username": username, "password": "wangge-demo"},
        headers={"X-CSRFToken": str(token), "Origin": address},
    )
    if not answer.ok:
        sys.exit(f"{username} could not sign in: {answer.status} {answer.text()}")


def _some_plan(context: BrowserContext, address: str, path: str) -> None:
    """A demonstration has no plan of division until somebody makes one."""
    if _rows(context, path):
        return
    area = context.request.get("/api/v1/session").json()["post"]["area"]
    token = next(cookie["value"] for cookie in context.cookies() if cookie.get("name") == "wangge_csrf")
    made = context.request.post(
        "/api/v1/divisions/plans",
        data={"name": f"{area['name']}网格复核", "area": area["id"]},
        headers={"X-CSRFToken": str(token), "Origin": address},
    )
    if not made.ok:
        sys.exit(f"no plan could be made: {made.status} {made.text()}")
    while context.request.get(f"/api/v1/divisions/plans/{made.json()['id']}").json()["state"] == "designing":
        time.sleep(1)


def _community_to_see(context: BrowserContext, plan: str) -> str:
    communities = context.request.get(f"/api/v1/divisions/plans/{plan}").json()["communities"]
    return str(max(communities, key=lambda one: (one["grids"] - one["in_band"], one["buildings"]))["area"]["id"])


def _with_most_to_show(context: BrowserContext, path: str) -> str:
    if "buildings" in path:
        return str(max(_rows(context, path), key=lambda building: building["persons"])["id"])
    if not path.startswith("/cases"):
        return str(_rows(context, path)[0]["id"])
    found = [context.request.get(f"/api/v1/cases/{row['id']}").json() for row in _rows(context, path)]
    best = max(found, key=lambda case: (len(case["whistles"]) + len(case["attachments"]), len(case["log"])))
    return str(best["id"])


def _rows(context: BrowserContext, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = context.request.get(f"/api/v1{path}").json()["items"]
    return rows


def _settle(page: Page, shot: Shot) -> None:
    page.locator("main, .page, form").first.wait_for()
    if shot.map_:
        page.locator("[data-drawn]").first.wait_for(state="attached")
    expect(page.locator(".skeleton, .van-skeleton").filter(visible=True)).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(1500)


def _small(picture: bytes) -> bytes:
    """As few colours as needed to stay small; a page has few anyway."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    data = picture
    for colours in COLOURS:
        out = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        data = out.getvalue()
        if len(data) <= LARGEST:
            break
    return data


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1].rstrip("/"), sys.argv[2:])
