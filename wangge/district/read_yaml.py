"""YAML as plain data together with the line of every key, so that an error can name it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]


class YamlBroken(Exception):
    """Not YAML, or a key given twice."""

    def __init__(self, line: int, key: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.line, self.key, self.zh, self.en = line, key, zh, en


@dataclass
class Document:
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Of the key, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Document:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = Document(yaml.safe_load(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlBroken(line, "", f"YAML 格式有误：{error.problem}", f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlBroken(1, "", f"YAML 格式有误：{error}", f"not YAML: {error}") from error
    if root is not None:
        _walk(root, (), document)
    return document


def _walk(node: yaml.Node, path: Path, document: Document) -> None:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), document)
    elif isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            name = int(key.value) if key.tag.endswith(":int") else str(key.value)
            line = key.start_mark.line + 1
            if name in seen:
                raise YamlBroken(line, str(name), f"“{name}”重复出现", f"{name!r} is given twice")
            seen.add(name)
            document.lines[(*path, name)] = line
            _walk(value, (*path, name), document)
