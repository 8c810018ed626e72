"""Formulas say which counted facts stand over which; what is no such thing is refused at the character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.appraisal import formula
from wangge.appraisal.formula import FormulaError

FACTS = ("closed", "closed_in_time", "settled_grid", "settled_community", "settled", "due", "due_kept")
SPREADS = ("closing", "handling")
VALUES = {name: 10 + place for place, name in enumerate(FACTS)}


def parsed(text):
    return formula.parse(text, facts=FACTS, spreads=SPREADS)


@pytest.mark.parametrize(
    ("text", "numerator", "denominator"),
    [
        ("closed_in_time / closed", 11, 10),
        ("closed", 10, None),
        ("(settled_grid + settled_community) / settled", 25, 14),
        ("due - due_kept / due", -1, 15),
        ("due - (due_kept - closed) / (closed + (due - settled))", 15 - (16 - 10), 10 + 15 - 14),
        ("closed + closed - closed / due", 10, 15),
    ],
)
def test_a_formula_is_a_sum_over_a_sum(text, numerator, denominator):
    found = parsed(text)

    assert found.numerator is not None
    assert found.numerator.of(VALUES) == numerator
    assert (found.denominator.of(VALUES) if found.denominator else None) == denominator


def test_a_quantile_names_its_spread():
    found = parsed("quantile(closing, 0.9)")

    assert (found.spread, found.share, found.numerator) == ("closing", 0.9, None)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("closed / people", "unknown_fact", 10),
        ("closed / 0", "division_by_zero", 10),
        ("closed / 0.0", "division_by_zero", 10),
        ("closed / (due - due)", "division_by_zero", 10),
        ("closed / (closed - due - closed)", "negative_divisor", 10),
        ("closed / ", "unfinished", 9),
        ("", "unfinished", 1),
        ("(closed + due", "unclosed", 1),
        ("closed / (due", "unclosed", 10),
        ("(closed / due", "unclosed", 1),
        ("(closed / due)", "unexpected", 9),
        ("closed)", "unexpected", 7),
        ("closed / due / due", "unexpected", 14),
        ("closed * due", "unexpected", 8),
        ("-closed", "unexpected", 1),
        ("closed 5", "number", 8),
        ("2 / closed", "number", 1),
        ("closed; drop", "unknown_sign", 7),
        ("关闭 / due", "unknown_sign", 1),
        ("quantile(closing, 1.5)", "bad_share", 19),
        ("quantile(closing, 0)", "bad_share", 19),
        ("quantile(waiting, 0.5)", "unknown_spread", 10),
        ("quantile(closing, 0.5", "unclosed", 9),
        ("quantile closing", "unexpected", 10),
        ("(" * 30 + "closed" + ")" * 30, "too_deep", 21),
        ("closed" + " + closed" * 60, "too_long", 400),
    ],
)
def test_what_is_no_formula_is_refused_at_its_place(text, code, at):
    with pytest.raises(FormulaError) as caught:
        parsed(text)

    assert (caught.value.code, caught.value.at) == (code, at)


@given(st.text(max_size=60) | st.text(alphabet="closed due()+-/ 0.5quantile,ing_*", max_size=60))
def test_any_text_is_a_formula_or_refused(text):
    place = 1
    try:
        parsed(text)
    except FormulaError as error:
        place = error.at

    assert 1 <= place <= len(text) + 1


@given(
    st.recursive(st.sampled_from(FACTS), lambda inner: st.tuples(inner, st.sampled_from("+-"), inner), max_leaves=12)
)
def test_a_sum_means_what_arithmetic_says(tree):
    def shown(node):
        return node if isinstance(node, str) else f"({shown(node[0])} {node[1]} {shown(node[2])})"

    def value(node):
        if isinstance(node, str):
            return VALUES[node]
        return value(node[0]) + (1 if node[1] == "+" else -1) * value(node[2])

    found = parsed(shown(tree)).numerator
    assert found is not None
    assert found.of(VALUES) == value(tree)
