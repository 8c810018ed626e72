"""What may stand in braces in the files of the base, and putting it in."""

from __future__ import annotations

from typing import Any

from wangge.district import schema


def words_of(head: schema.ProfileFile) -> dict[str, str]:
    """What may stand in braces in the files of the base."""
    words = {"{district}": head.district.code, "{name}": head.district.name}
    if head.demo is not None:
        words |= {f"{{demo_{key}}}": value for key, value in head.demo.model_dump().items()}
    return words


def filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        if "{" in value:
            for mark, text in words.items():
                value = value.replace(mark, text)
        return value
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return value
