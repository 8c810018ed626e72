"""Printed papers: a typst template and its data become a PDF, the same bytes for the same data."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import typst

from wangge.kit.errors import Problem

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto Serif SC"


class NoTypeface(Problem):
    code = "no_typeface"
    status = 503
    title_zh = "没有可用的中文字体，无法排印"
    title_en = "No Chinese typeface to print with"


def pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """Typeset `template`, which reads `data` as `json(bytes(sys.inputs.data))`.

    Texts arrive as strings, never as markup, so what people wrote cannot command the typesetter.
    """
    faces = _faces()
    made: bytes = typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=faces,
        sys_inputs={"data": orjson.dumps(data, default=str).decode()},
    )
    return made


@functools.cache
def _faces() -> bool:
    """Whether our own typeface is here (the web build puts it here); else the system must have one."""
    if any(FONTS.glob("*.ttf")):
        return True
    if FAMILY in typst.Fonts(include_system_fonts=True).families():
        return False
    raise NoTypeface("请先运行 make web 取得字体", "run make web, which fetches the typeface")
