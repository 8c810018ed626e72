"""A plan of division in a demonstration: a street reviews its grids; the worker designs them."""

from __future__ import annotations

from wangge.areas import selectors as areas
from wangge.divisions.models import Plan
from wangge.divisions.selectors.rulebook import rules
from wangge.divisions.services import plans
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.scope import Actor

NAME = "年度网格复核调整（演示）"
ROLE = "subdistrict_dispatcher"


def review() -> None:
    """A draft for the street whose dispatcher can be signed in as, once. Designing is a job: nobody waits for it."""
    with scope.acting(scope.system_actor("演示")):
        by = _dispatcher()
        if by is None or not by.scope.areas or Plan.objects.exists():
            return
        street = areas.area_for_pos(by.scope.areas[0][0])
        band = rules().bands.grid
    if street is not None:
        with scope.acting(by):
            plans.create(name=NAME, area_id=street.area_id, low=band.low, high=band.high, by=by)


def _dispatcher() -> Actor | None:
    for account in org.demo_accounts():
        post = account.user.posts.all()[0]
        if post.role.code == ROLE:
            return org.actor_for(account.user, post)
    return None
