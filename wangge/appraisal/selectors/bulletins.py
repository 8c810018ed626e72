"""Reading bulletins: lists, one of them, and its sheets and printed form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.appraisal.models import Bulletin
from wangge.kit import books, paper
from wangge.kit.errors import NotFound

if TYPE_CHECKING:
    from wangge.appraisal.models.bulletins import BulletinQuerySet
    from wangge.org.scope import Actor

TEMPLATE = Path(__file__).parents[1] / "papers" / "bulletin.typ"


def listing(*, actor: Actor, kind: str = "", unit: UUID | None = None, whole: bool = False) -> BulletinQuerySet:
    """Newest period first. `whole`: only those of the whole district."""
    rows = Bulletin.objects.visible_to(actor).select_related("unit").defer("content")
    if kind:
        rows = rows.filter(kind=kind)
    if unit is not None:
        rows = rows.filter(unit_id=unit)
    if whole:
        rows = rows.filter(unit__isnull=True)
    return rows.order_by("-end", "-start", "kind", "unit__pos", "-version")


def one(*, bulletin_id: UUID, actor: Actor) -> Bulletin:
    found = Bulletin.objects.visible_to(actor).select_related("unit").filter(pk=bulletin_id).first()
    if found is None:
        raise NotFound
    return found


def versions(bulletin: Bulletin, *, actor: Actor) -> list[Bulletin]:
    """All versions of the same bulletin that the reader may see, newest first."""
    rows = Bulletin.objects.visible_to(actor).filter(
        kind=bulletin.kind, start=bulletin.start, end=bulletin.end, unit=bulletin.unit
    )
    return list(rows.defer("content").order_by("-version"))


def as_paper(bulletin: Bulletin, language: str) -> dict[str, Any]:
    """The frozen words, with what is known only afterwards: version, digest, who made and issued it."""
    words: dict[str, Any] = bulletin.content[language]
    zh = language == "zh"
    version = f"第{bulletin.version}版" if zh else f"version {bulletin.version}"
    mark = f"{bulletin.digest[:8]}…{bulletin.digest[-8:]}"
    foot = f"{version} · 数据摘要 SM3 {mark}" if zh else f"{version} · SM3 of the figures {mark}"
    subtitle = " · ".join([words["head"]["subtitle"], version])
    return {**words, "language": language, "foot_line": foot, "head": {**words["head"], "subtitle": subtitle}}


def pdf(bulletin: Bulletin, language: str) -> bytes:
    return paper.pdf(TEMPLATE, as_paper(bulletin, language))


def workbook(bulletin: Bulletin, language: str) -> bytes:
    """Each table a sheet, each chart the table behind it."""
    words = as_paper(bulletin, language)
    sheets = [_sheet(block, words) for section in words["sections"] for block in section["blocks"]]
    first = books.Sheet(
        name="说明" if language == "zh" else "About",
        title=words["head"]["title"],
        columns=["项目", "数值", "变化"] if language == "zh" else ["Figure", "Value", "Change"],
        rows=[[figure["label"], figure["value"], figure["change"]] for figure in words["figures"]],
        notes=[
            words["head"]["subtitle"],
            words["foot_line"],
            *(text for section in words["sections"] for text in section["paragraphs"]),
            *words["notes"],
        ],
    )
    return books.book([first, *sheets], made_at=bulletin.made_at)


def _sheet(block: dict[str, Any], words: dict[str, Any]) -> books.Sheet:
    zh = words["language"] == "zh"
    notes = [*block["notes"], words["foot_line"]]
    if block["type"] == "table":
        rows = [[_cell(cell) for cell in row] for row in block["rows"]]
        columns = [column["name"] for column in block["columns"]]
    elif block["type"] == "ranks":
        columns = ["单位", "得分", "区间下限", "区间上限"] if zh else ["Unit", "Score", "Interval from", "to"]
        rows = [[row["label"], row["value"], row["low"], row["high"]] for row in block["rows"]]
    else:
        columns = ["时段" if zh else "Period", *(series["name"] for series in block["series"])]
        rows = [
            [label, *(series["values"][index] for series in block["series"])]
            for index, label in enumerate(block["labels"])
        ]
    return books.Sheet(block["caption"], block["caption"], columns, rows, notes)


def _cell(cell: Any) -> Any:
    """A number where the paper shows one in words: `{"text": "96.1%", "value": 0.961}`."""
    if isinstance(cell, dict):
        value = cell.get("value")
        return cell["text"] if value is None else value
    return cell
