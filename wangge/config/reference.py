"""What the docs take from the code: the page of settings from `Env`, the life of a case from its table."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from wangge.config.env import ROOT, Env

_HEAD = """# Configuration · 配置

Written by `wangge configuration` from `wangge/config/env.py`; change it there. 本页由程序生成。

Every setting is an environment variable. Each may instead be named with `_FILE` at its end and hold the path of
a file with the value (for secrets). An unknown `WANGGE_` variable is an error, so a misspelt one is noticed.
每个变量也可加后缀 `_FILE`，其值为存放内容的文件路径；写错的变量名会被拒绝。

| variable | type | default | meaning |
| --- | --- | --- | --- |
"""

_START, _END = "<!-- workflow -->", "<!-- /workflow -->"


def configuration() -> str:
    """The whole page."""
    rows = [
        f"| `WANGGE_{spec.name.upper()}` | {_kind(str(spec.type))} | {_default(spec.default)} "
        f"| {spec.metadata['doc']} |"
        for spec in fields(Env)
    ]
    return _HEAD + "\n".join(rows) + "\n"


def with_figure(page: str) -> str:
    """`page` with the life of a case drawn anew between its two marks."""
    from wangge.casework import workflow  # needs Django, which the page of settings does without

    before, start, rest = page.partition(_START)
    _, end, after = rest.partition(_END)
    if not (start and end):
        raise ValueError(f"the page has no {_START} … {_END}")
    return f"{before}{start}\n```mermaid\n{workflow.mermaid()}```\n{end}{after}"


def _kind(annotation: str) -> str:
    named = {"str": "text", "int": "number", "float": "number", "bool": "true or false", "Path": "path", "Mode": "word"}
    return named.get(annotation, "list")


def _default(value: Any) -> str:
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}` in the source folder"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`" if value else "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value != "" else "empty"
