"""Formulas of indicators: sums and differences of counted facts, one over the other, or a quantile of a spread.

    closed_in_time / closed
    (settled_grid + settled_community) / settled
    quantile(closing, 0.9)

The grammar knows nothing else: no calls, no multiplication, no numbers but the share of a quantile. What does not fit
is refused with the character where it goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

LONGEST = 400
DEEPEST = 20
_TOKEN = re.compile(r"\s*(?:(?P<name>[a-z][a-z0-9_]*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[-+/(),*]))")


class FormulaError(Exception):
    """What is wrong, and the character (from 1) where it stands."""

    def __init__(self, at: int, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh}（第 {at} 字）· {en} (character {at})")
        self.at, self.code, self.zh, self.en = at, code, zh, en


@dataclass(frozen=True)
class Sum:
    """A sum and difference of facts: each fact with how many times it is added (or, negative, taken away)."""

    terms: tuple[tuple[str, int], ...]

    def of(self, facts: Mapping[str, int]) -> int:
        return sum(times * facts.get(name, 0) for name, times in self.terms)

    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.terms)


@dataclass(frozen=True)
class Formula:
    """`numerator` over `denominator` (None: a count), or the quantile `share` of `spread`."""

    numerator: Sum | None
    denominator: Sum | None = None
    spread: str = ""
    share: float = 0.0

    def facts(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(name for part in (self.numerator, self.denominator) if part for name in part.names())
        )


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str, *, facts: Collection[str], spreads: Collection[str] = ()) -> Formula:
    """The formula; raise FormulaError naming the character for whatever it is not."""
    if len(text) > LONGEST:
        raise FormulaError(LONGEST, "too_long", f"公式超过 {LONGEST} 字", f"longer than {LONGEST} characters")
    return _Parser(_tokens(text), frozenset(facts), frozenset(spreads)).formula()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            at = place + len(text[place:]) - len(text[place:].lstrip()) + 1
            raise FormulaError(at, "unknown_sign", f"不认识的符号“{text[at - 1]}”", f"unknown sign {text[at - 1]!r}")
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        place = match.end()
    return [*found, _Token("end", "", end + 1)]


@dataclass
class _Parser:
    tokens: list[_Token]
    facts: frozenset[str]
    spreads: frozenset[str]
    place: int = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.place]

    def formula(self) -> Formula:
        if self.here.text == "quantile":
            found = self.quantile()
        else:
            numerator = self.sum(0)
            denominator = self.denominator() if self.here.text == "/" else None
            found = Formula(numerator, denominator)
        if self.here.kind != "end":
            raise self.unexpected()
        return found

    def denominator(self) -> Sum:
        self.place += 1
        at = self.here.at
        if self.here.kind == "number" and float(self.here.text) == 0:
            raise FormulaError(at, "division_by_zero", "除数为零", "division by zero")
        divisor = self.sum(0)
        if not divisor.terms:
            raise FormulaError(at, "division_by_zero", "除数各项相互抵消，恒为零", "the divisor cancels out to zero")
        if all(times < 0 for _, times in divisor.terms):
            raise FormulaError(at, "negative_divisor", "除数恒不大于零", "the divisor is never above zero")
        return divisor

    def sum(self, depth: int) -> Sum:
        total: dict[str, int] = {}
        sign = 1
        while True:
            for name, times in self.term(depth).terms:
                total[name] = total.get(name, 0) + sign * times
            if self.here.text not in {"+", "-"}:
                break
            sign = 1 if self.here.text == "+" else -1
            self.place += 1
        return Sum(tuple((name, times) for name, times in total.items() if times))

    def term(self, depth: int) -> Sum:
        token = self.here
        if token.text == "(":
            return self.bracket(token, depth)
        if token.kind != "name":
            raise self.unexpected()
        if token.text not in self.facts:
            zh, en = f"没有这个计数“{token.text}”", f"there is no fact {token.text!r}"
            raise FormulaError(token.at, "unknown_fact", zh, en)
        self.place += 1
        return Sum(((token.text, 1),))

    def bracket(self, opening: _Token, depth: int) -> Sum:
        if depth >= DEEPEST:
            raise FormulaError(opening.at, "too_deep", f"括号超过 {DEEPEST} 层", f"more than {DEEPEST} brackets deep")
        self.place += 1
        inner = self.sum(depth + 1)
        if self.here.text != ")":
            if not any(token.text == ")" for token in self.tokens[self.place :]):
                raise FormulaError(opening.at, "unclosed", "括号没有闭合", "the bracket is not closed")
            raise self.unexpected()
        self.place += 1
        return inner

    def quantile(self) -> Formula:
        self.place += 1
        opening = self.expect("(")
        spread = self.here
        if spread.kind != "name" or spread.text not in self.spreads:
            zh, en = f"没有这个时长“{spread.text}”", f"there is no spread {spread.text!r}"
            raise FormulaError(spread.at, "unknown_spread", zh, en)
        self.place += 1
        self.expect(",")
        share = self.here
        if share.kind != "number" or not 0 < float(share.text) < 1:
            raise FormulaError(share.at, "bad_share", "分位数应在 0 与 1 之间", "the share must lie between 0 and 1")
        self.place += 1
        if self.here.kind == "end":
            raise FormulaError(opening.at, "unclosed", "括号没有闭合", "the bracket is not closed")
        self.expect(")")
        return Formula(None, spread=spread.text, share=float(share.text))

    def expect(self, sign: str) -> _Token:
        token = self.here
        if token.text != sign:
            raise self.unexpected()
        self.place += 1
        return token

    def unexpected(self) -> FormulaError:
        token = self.here
        if token.kind == "end":
            return FormulaError(token.at, "unfinished", "公式没有写完", "the formula ends too early")
        if token.kind == "number":
            return FormulaError(token.at, "number", "此处不能写数字", "no number may stand here")
        return FormulaError(token.at, "unexpected", f"此处不应有“{token.text}”", f"{token.text!r} may not stand here")
