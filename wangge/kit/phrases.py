"""Many known phrases found in a text at once, the longest first."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Phrases(Generic[Value]):
    """Phrases of two characters or more, each with what it stands for. Texts and phrases are given folded."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[tuple[str, Value]]] = {}

    def add(self, phrase: str, value: Value) -> None:
        if len(phrase) >= 2:
            self._by_start.setdefault(phrase[:2], []).append((phrase, value))

    def find(self, text: str) -> dict[tuple[int, int], list[Value]]:
        """What the text holds, by (start, end). A phrase within a longer one found there is left out."""
        spans: dict[tuple[int, int], list[Value]] = {}
        for start in range(len(text) - 1):
            for phrase, value in self._by_start.get(text[start : start + 2], ()):
                if text.startswith(phrase, start):
                    spans.setdefault((start, start + len(phrase)), []).append(value)
        found: dict[tuple[int, int], list[Value]] = {}
        reach = -1
        for span in sorted(spans, key=lambda one: (one[0], -one[1])):
            if span[1] > reach:
                found[span] = spans[span]
                reach = span[1]
        return found
