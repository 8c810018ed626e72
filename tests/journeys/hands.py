"""What a hand does on the page: press a step's button, fill its dialog, pick from a list."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect


def press_step(page: Page, label: str) -> Locator:
    """Press a step among those offered on a case or a whistle, also behind 更多; its dialog."""
    bars = page.get_by_role("group", name="可办步骤")
    button = bars.get_by_role("button", name=label, exact=True)
    more = bars.get_by_role("button", name="更多")
    expect(button.or_(more).first).to_be_visible()
    if button.count() == 0:
        more.first.click()
        button = page.get_by_role("menuitem", name=label, exact=True).filter(visible=True)
    button.first.click()
    dialog = page.get_by_role("dialog", name=label, exact=True).filter(visible=True)
    expect(dialog).to_be_visible()
    return dialog


def confirm(dialog: Locator, label: str) -> None:
    """Press the dialog's own button; the dialog goes when the server agreed."""
    dialog.get_by_role("button", name=label, exact=True).click()
    expect(dialog).to_be_hidden()


def take(page: Page, label: str, **fields: str) -> None:
    """A step whose fields are all text, named by their labels."""
    dialog = press_step(page, label)
    for name, value in fields.items():
        dialog.get_by_label(name).fill(value)
    confirm(dialog, label)


def pick_category(page: Page, within: Locator, name: str) -> None:
    box = within.get_by_placeholder("选择或搜索类别").first
    box.click()
    box.fill(name)
    page.locator(".el-cascader__suggestion-item").filter(has_text=name).filter(visible=True).first.click()


def pick(page: Page, box: Locator, name: str) -> None:
    """From a list that searches on the server as one types."""
    box.locator("xpath=ancestor::*[contains(@class, 'el-select__wrapper')]").click()
    box.fill(name)
    page.get_by_role("option").filter(has_text=name).filter(visible=True).first.click()


def add_photo(dialog: Locator, file: Any) -> None:
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog.get_by_text("正在上传").filter(visible=True)).to_have_count(0)


def state_of(page: Page) -> Locator:
    """The state shown at the head of a case page."""
    return page.locator("header .line").first


def choose(page: Page, box: Locator, name: str) -> None:
    """From a short list already there, by typing and Enter, as the list itself moves while it opens."""
    box.locator("xpath=ancestor::*[contains(@class, 'el-select__wrapper')]").click()
    box.fill(name)
    expect(page.get_by_role("option").filter(visible=True)).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_role("option").filter(visible=True)).to_have_count(0)


def click_map(page: Page, name: str) -> None:
    """In the middle, once it is drawn."""
    region = page.get_by_role("region", name=name)
    expect(region.locator("[data-drawn]")).to_be_visible()
    region.locator("canvas").click()


def press_plan(page: Page, label: str) -> Locator:
    """Press a step among those offered on a plan of division; its dialog."""
    page.get_by_role("group", name="方案办理").get_by_role("button", name=label, exact=True).click()
    dialog = page.get_by_role("dialog", name=label, exact=True).filter(visible=True)
    expect(dialog).to_be_visible()
    return dialog
