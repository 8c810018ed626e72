"""Small communities against the exact optimum: no division has more grids in band than CP-SAT proves there can be."""

from __future__ import annotations

import numpy as np
import pytest

from wangge.areas.design import Rules, Site, divide, measure
from wangge.areas.tests.design import towns

pytestmark = pytest.mark.slow


def optimum(site: Site, grids: int, low: int, high: int) -> int:
    """The most grids in band over all divisions into `grids` contiguous ones; contiguity as a flow from each root."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n = len(site)
    total = int(site.households.sum())
    arcs = [(a, b) for a, b in site.edges.tolist()] + [(b, a) for a, b in site.edges.tolist()]
    inside = [[model.new_bool_var("") for _ in range(grids)] for _ in range(n)]
    root = [[model.new_bool_var("") for _ in range(grids)] for _ in range(n)]
    within = [model.new_bool_var("") for _ in range(grids)]
    for v in range(n):
        model.add_exactly_one(inside[v])
        for g in range(grids):
            model.add_implication(root[v][g], inside[v][g])
    for g in range(grids):
        model.add_exactly_one(root[v][g] for v in range(n))
        households = model.new_int_var(0, total, "")
        model.add(households == sum(int(site.households[v]) * inside[v][g] for v in range(n)))
        model.add(households >= low).only_enforce_if(within[g])
        model.add(households <= high).only_enforce_if(within[g])
        flow = {arc: model.new_int_var(0, n, "") for arc in arcs}
        for (a, b), one in flow.items():
            model.add(one == 0).only_enforce_if(inside[a][g].negated())
            model.add(one == 0).only_enforce_if(inside[b][g].negated())
        size = sum(inside[v][g] for v in range(n))
        for v in range(n):
            into = sum(flow[arc] for arc in arcs if arc[1] == v)
            out = sum(flow[arc] for arc in arcs if arc[0] == v)
            # Each atom takes one unit; the root alone may send what its grid needs.
            model.add(into - out == inside[v][g]).only_enforce_if(root[v][g].negated())
            model.add(out - into == size - 1).only_enforce_if(root[v][g])
    model.maximize(sum(within))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 60
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def small(seed: int) -> Site:
    """The first 14 connected buildings of a made-up community of large buildings, hard to pack."""
    town = towns.make(towns.Town(communities=1, households=2_500, village_share=0.0), seed)
    kept = [0]
    while len(kept) < 14:
        near = [b if a in kept else a for a, b in town.edges.tolist() if (a in kept) != (b in kept)]
        kept.append(min(near))
    return towns.part(town, np.array(sorted(kept)))


@pytest.mark.parametrize("seed", range(6))
def test_no_division_is_better(seed: int) -> None:
    site = small(seed)
    grids = max(2, round(int(site.households.sum()) / 225))
    low, high = 200, 250
    rules = Rules(low, high, grids=grids, seed=seed)
    assert measure(site, divide(site, rules).grid, rules).in_band == optimum(site, grids, low, high)
