"""The cost that the search keeps up to date is the cost reckoned anew."""

from __future__ import annotations

import numpy as np
import pytest

from wangge.areas.design import Rules, kernels, pieces, searching
from wangge.areas.tests.design import towns

RULES = Rules(300, 500, move_cost=0.1)


@pytest.fixture
def search() -> kernels.Search:
    """A piece of a town whose buildings have entrances, on its way from another division."""
    from dataclasses import replace

    site = towns.make(towns.Town(communities=1), 3)
    site = replace(site, building=np.arange(len(site)) // 2)
    part = max(pieces.pieces(site, np.ones(len(site), bool)), key=lambda p: len(p.atoms))
    home = np.arange(len(part.atoms)) % 4
    piece = searching.piece_of(site, part, RULES, home)
    weights = searching.weights(RULES, part.households / 4, 0.3)
    label = searching.search(piece, searching.Wish(4, 7, 0.0), RULES)
    return searching.open_search(piece, weights, searching.room_for(piece, 1), label, 4)


def test_a_price_is_what_the_move_costs(search: kernels.Search) -> None:
    plan, piece = search.plan, search.piece
    tried = 0
    for v in range(len(plan.label)):
        for w in piece.to[piece.ptr[v] : piece.ptr[v + 1]]:
            if plan.label[w] != plan.label[v] and plan.atoms[plan.label[v]] > 1:
                before, price = kernels.total_cost(search), kernels.price(search, v, plan.label[w])
                kernels.shift(search, v, plan.label[w])
                assert kernels.total_cost(search) - before == pytest.approx(price, abs=1e-9)
                tried += 1
    assert tried > 20


def test_the_cost_kept_is_the_cost_reckoned_anew(search: kernels.Search) -> None:
    kept = kernels.anneal(search, 20_000, 1.0, 0.1, searching.SHARES)
    anew = searching.open_search(search.piece, search.weights, search.room, search.plan.label, 4)
    assert kept == pytest.approx(kernels.total_cost(anew), abs=1e-6)
    assert np.allclose(anew.plan.perimeter, search.plan.perimeter)
    assert (anew.plan.across == search.plan.across).all()
    assert (anew.plan.spread == search.plan.spread).all()
