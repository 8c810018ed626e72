"""The weights to begin with: fitted on hand-checked pairs (benchmarks/duplicates.py), before anybody has decided."""

from __future__ import annotations

START: dict[str, float] = {
    "bias": -1.532,
    "title": -0.222,
    "terms": 0.875,
    "place": 0.692,
    "elsewhere": -0.393,
    "title_at_place": 0.422,
    "terms_at_place": 1.127,
    "copied": 0.791,
    "person": 1.242,
    "gap": -0.243,
    "said_by_both": 2.015,
    "said_by_one": 0.812,
    "told_by_both": 0.470,
    "told_by_one": 1.409,
    "telling": 0.333,
    "left_out": -0.698,
    "near": 0.800,
    "far": -3.000,
    "same_category": 0.500,
    "other_category": -0.800,
}
