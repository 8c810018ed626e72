"""For everybody: by keyboard alone, by screen reader, in English, in big letters, on any screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import homes, matters
from tests.journeys.desk import PHONE, Desk
from tests.journeys.site import PASSWORD, ROOT, Site

pytestmark = pytest.mark.journey

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CONSOLE = [
    "/todos", "/cases", "/cases/new", "/whistles", "/areas", "/divisions", "/divisions/teams", "/responsibility",
    "/imports", "/settings", "/search", "/search?q=暴露垃圾", "/hotspots", "/hotspots/agenda", "/forecast", "/replies",
]  # fmt: skip
PHONE_PAGES = ["/field/", "/field/report", "/field/todos", "/field/grid", "/field/me"]
# Pages of the registry, by who works with them; in braces what the demonstration has at hand.
REGISTRY = {
    "/registry": "wangge1",
    "/registry/buildings/{building}": "wangge1",
    "/registry/dwellings/{room}": "wangge1",
    "/registry/persons/{person}": "wangge1",
    "/registry/places": "wangge1",
    "/registry/imports": "shequ1",
    "/registry/exports": "shequ1",
    "/registry/statistics": "shequ1",
    "/registry/burden": "ducha1",
    "/field/registry": "wangge1",
    "/field/registry/buildings/{building}": "wangge1",
    "/field/registry/dwellings/{room}": "wangge1",
    "/field/registry/persons/{person}": "wangge1",
}
READER = "qulingdao1"
# Half faded in, anything has too little contrast: what moves goes to its end, what moves for ever stops.
STILL = """() => document.getAnimations().forEach((one) => {
  Number.isFinite(one.effect.getComputedTiming().endTime) ? one.finish() : one.cancel()
})"""


def _settled(page: Page) -> None:
    """The page has shown what it loads: nothing grey or turning is left."""
    expect(page.locator("main, .page").first).to_be_visible()
    expect(page.locator(".skeleton, .van-skeleton, [aria-busy=true]").filter(visible=True)).to_have_count(0)


def _focused(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate("""() => {
      const box = document.activeElement, style = getComputedStyle(box)
      const around = box.closest('.el-input__wrapper, .el-select__wrapper, .el-radio-button, label') ?? box
      const shown = [style, getComputedStyle(box, '::after'), getComputedStyle(around)].some((one) =>
        (one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) > 0) || one.boxShadow !== 'none')
        || box.matches('input[type=radio], .maplibregl-canvas') || box === document.body
      return {text: (box.textContent || box.ariaLabel || box.tagName).trim().slice(0, 30), tag: box.tagName,
        classes: box.className.toString(), shown: String(shown)}
    }""")
    return found


def test_with_the_keyboard_alone_one_signs_in_and_opens_a_case(site: Site, desk: Desk) -> None:
    made = matters.dispatched(site, "只用键盘")
    page = desk.open("/sign-in")
    box = page.get_by_role("textbox", name="账号")
    expect(box).to_be_visible()
    for _ in range(10):
        if page.evaluate("document.activeElement.getAttribute('autocomplete')") == "username":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("chengguan1")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=made["title"])).to_be_visible()

    unseen = []
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = _focused(page)
        if focused["shown"] != "true":
            unseen.append(focused)
        if focused["text"] == made["title"][:30]:
            break
    else:
        raise AssertionError("the case was not reached by Tab")
    assert unseen == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=made["title"])).to_be_visible()


def _violations(page: Page) -> list[str]:
    page.evaluate(STILL)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate("""async () => {
      const result = await axe.run(document, {resultTypes: ['violations']})
      return result.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => `${one.id}: ${one.help} — `
          + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '))
    }""")
    return found


@pytest.mark.parametrize("path", ["/sign-in", *CONSOLE, "case", "/wall", "/audit", "/report/", *PHONE_PAGES])
def test_no_serious_barrier_is_found(path: str, site: Site, desk: Desk) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `make web`")
    by = None if path in {"/sign-in", "/report/"} else "wangge1" if path.startswith("/field") else "zhihui1"
    by = "shenji1" if path == "/audit" else by
    if path == "case":
        path = f"/cases/{matters.handled(site, '供检查的案件')['id']}"
    page = (desk.phone if path.startswith(("/field", "/report")) else desk.open)(path, by=by)
    _settled(page)
    assert _violations(page) == []


def _at_home(path: str, site: Site) -> str:
    if "{" not in path:
        return path
    home = homes.find(site)
    return path.format(building=home.building["id"], room=home.room["id"], person=home.resident["id"])


@pytest.mark.parametrize("path", REGISTRY)
def test_the_registry_has_no_serious_barrier_and_fits_360_pixels(path: str, site: Site, desk: Desk) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `make web`")
    at = _at_home(path, site)
    if path.startswith("/field"):
        page = desk.phone(at, by=REGISTRY[path], viewport={**PHONE, "width": 360})
    else:
        page = desk.open(at, by=REGISTRY[path])
    _settled(page)
    assert _violations(page) == []
    page.set_viewport_size({**PHONE, "width": 360})
    _settled(page)
    assert page.evaluate(WIDER) == []


@pytest.fixture
def english(site: Site) -> Iterator[None]:
    site.person(READER).call("PATCH", "/session", {"language": "en"})
    yield
    site.person(READER).call("PATCH", "/session", {"language": "zh"})


# What the page itself says: not the names, titles and addresses it shows.
CHROME = """() => [...document.querySelectorAll('nav a > span, nav h2, h1, main h2, main h3, main button, '
    + '[role=tab], [role=columnheader], th[scope=col], label > span, dt, .el-form-item__label')]
  .filter((box) => box.checkVisibility() && !box.closest('.views .own, .rows, .cards, .chips, header .line, .trail'))
  .flatMap((box) => [
    [...box.childNodes].filter((node) => node.nodeName !== 'SMALL').map((node) => node.textContent).join(''),
    box.getAttribute('aria-label'), box.getAttribute('placeholder')])
  .filter((text) => text && /[\\u4e00-\\u9fff]/.test(text)).map((text) => text.trim().slice(0, 40))"""


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "path", ["/todos", "/cases", "/cases/new", "/whistles", "/areas", "/responsibility", "/settings"]
)
def test_in_english_the_page_itself_speaks_no_chinese(path: str, desk: Desk) -> None:
    page = desk.open(path, by=READER)
    _settled(page)
    expect(page.get_by_role("link", name=re.compile("^Cases")).first).to_be_visible()
    assert [text for text in page.evaluate(CHROME) if text != "中文"] == []


def test_the_language_is_switched_in_the_menu_and_back(site: Site, desk: Desk) -> None:
    page = desk.open("/todos", by=READER)
    page.locator("button.me").click()
    page.get_by_role("menuitem", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My to-dos")
    page.locator("button.me").click()
    page.get_by_role("menuitem", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的待办")


def test_big_text_makes_everything_bigger_and_stays(site: Site, desk: Desk) -> None:
    page = desk.open("/settings", by=READER)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    size = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    before = page.evaluate(size)
    with page.expect_response("**/api/v1/session"):
        page.locator(".el-switch").click()
    expect(page.locator("html")).to_have_attribute("data-big", "")
    assert page.evaluate(size) >= before * 1.2
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-big", "")
    with page.expect_response("**/api/v1/session"):
        page.locator(".el-switch").click()
    expect(page.locator("html")).not_to_have_attribute("data-big", "")


WIDER = """() => {
  const wide = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= wide) return []
  return [...document.querySelectorAll('body *')].filter((box) => box.getBoundingClientRect().right > wide + 1)
    .slice(0, 5).map((box) => `${box.tagName}.${box.className} ${Math.round(box.getBoundingClientRect().right)}`)
    .concat(String(document.documentElement.scrollWidth))
}"""


@pytest.mark.parametrize("path", ["/sign-in", *CONSOLE, "case", "/wall", "/report/", *PHONE_PAGES])
def test_nothing_needs_sideways_scrolling_at_360_pixels(path: str, site: Site, desk: Desk) -> None:
    by = None if path in {"/sign-in", "/report/"} else "wangge1" if path.startswith("/field") else "zhihui1"
    if path == "case":
        path = f"/cases/{matters.handled(site, '窄屏上的案件')['id']}"
    page = desk.phone(path, by=by, viewport={**PHONE, "width": 360})
    _settled(page)
    assert page.evaluate(WIDER) == []


@pytest.mark.parametrize("path", ["/todos", "/cases", "/areas"])
def test_on_a_4k_screen_letters_grow_and_the_width_is_used(path: str, desk: Desk) -> None:
    page = desk.open(path, by="zhihui1", viewport={"width": 3840, "height": 2160})
    _settled(page)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] >= 1900
    assert page.evaluate(WIDER) == []
