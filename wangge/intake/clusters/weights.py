"""The weights to begin with: fitted on hand-checked pairs (benchmarks/duplicates.py), before anybody has decided.

Messages without coordinates and categories taught them; what distance and category weigh was set by hand.
"""

from __future__ import annotations

START: dict[str, float] = {
    "bias": -1.180,
    "title": -0.342,
    "terms": 1.794,
    "place": 1.052,
    "elsewhere": -0.486,
    "title_at_place": -0.617,
    "terms_at_place": 2.204,
    "copied": 0.650,
    "person": 0.800,
    "gap": -0.401,
    "said_by_both": 3.627,
    "said_by_one": 1.229,
    "told_by_both": 0.936,
    "told_by_one": 1.074,
    "telling": 0.128,
    "left_out": -1.314,
    "near": 0.800,
    "far": -3.000,
    "same_category": 0.500,
    "other_category": -0.800,
}

VOUCHED = (0.0, 1.02, 0.79, 0.42, 1.106)
"""Second look: a constant, the log-odds of the first, and the three best matters that are like both."""
