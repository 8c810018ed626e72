"""The demonstration's life: matters appear and people move them on, through the same services as everybody."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import random
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from wangge.appraisal import periods
from wangge.appraisal.models import Bulletin, BulletinState
from wangge.appraisal.periods import PeriodKind
from wangge.appraisal.services import bulletins
from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.casework import attachments, documents
from wangge.casework import selectors as casework_selectors
from wangge.casework import services as casework
from wangge.casework.models import Case, Whistle
from wangge.casework.workflow import OPEN, Step
from wangge.district import divided, judged, moves, scenery, stories
from wangge.district.cast import Cast
from wangge.kit import clock
from wangge.kit.errors import Problem
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org import selectors as orgs
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor
from wangge.registry.models import Building

log = logging.getLogger("wangge.simulation")
LOCAL = ZoneInfo("Asia/Shanghai")
Progress = Callable[[int, int], None]
House = tuple[UUID, str | None, str, str, float, float, UUID, int]
"""Id, estate, name, address, longitude, latitude, grid, position of the grid."""
MOVES_PER_MATTER = 7
# Whom streets usually whistle: they enforce, build, rescue or clean. By the end of the unit's code.
CALLED = ("cgj", "zjj", "gaj", "jjdd", "xfjy", "scjg", "hbj", "yjj", "cxsw", "ylj", "hwj", "zrj")
OLDER_CASES = 420
BUSY_STREETS, BUSY = 4, 16  # the first streets have so many times the matters of others: enough to be compared
OWN = 50  # and so many the grid whose member can be signed in as
MOST_OPEN = 900  # beyond this the simulation only works off what is there


class Simulation:
    """State of one run: the cast, the houses, the dice."""

    def __init__(self, seed: int | None = None) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a demonstration, not a secret
        self.system = scope.system_actor("演示")
        with scope.acting(self.system):
            self.cast = Cast(self.rng)
            self.houses: list[House] = list(
                Building.objects.order_by("code").values_list(
                    "id", "estate__name", "name", "address", "lon", "lat", "area_id", "area_pos"
                )
            )
            self.busy = _busy(self.houses, _own_grids())
            departments = Unit.objects.filter(kind=UnitKind.DEPARTMENT, active=True).order_by("code")
            self.departments = [
                str(unit)
                for unit, code in departments.values_list("id", "code")
                if code.rpartition("-")[2] in CALLED and self.cast.by_unit[unit]["department_clerk"]
            ]
            streets = Unit.objects.filter(kind=UnitKind.SUBDISTRICT, active=True, area__isnull=False)
            self.streets: dict[UUID | None, UUID] = dict(streets.values_list("area_id", "id"))
            self.leaves = list(_leaf_codes())
        self.serial = self.rng.getrandbits(40)

    def report(self, at: dt.datetime | None = None) -> Case | None:
        """One new matter from a random channel."""
        _, estate, house, address, lon, lat, grid, _ = self.rng.choices(self.houses, cum_weights=self.busy)[0]
        story, title, description = stories.tell(self.rng, f"{estate or ''}{house}" or address)
        channel = self.rng.choices([c for c, _ in stories.CHANNELS], weights=[w for _, w in stories.CHANNELS])[0]
        member = self.cast.member_of(grid)
        if channel == "patrol" and (member is None or story.code is None):
            channel = "hotline12345"
        by = member if channel == "patrol" else self.cast.with_role("district_operator")
        if by is None:
            return None
        spot = channel == "patrol" and story.on_the_spot and self.rng.random() < 0.6
        self.serial += 1
        with_point = channel in {"patrol", "public"} or self.rng.random() < 0.35
        values: dict[str, Any] = {
            "title": title,
            "description": description,
            "category_code": story.code if channel == "patrol" or self.rng.random() < 0.5 else None,
            "urgency": story.urgency,
            "address": address,
            "lon": lon + self.rng.uniform(-6e-5, 6e-5) if with_point else None,
            "lat": lat + self.rng.uniform(-5e-5, 5e-5) if with_point else None,
            "on_the_spot": spot,
            "result": story.result if spot else "",
            "source_ref": f"DEMO{self.serial}" if channel == "hotline12345" else "",
        }
        if channel != "patrol":
            values |= {"reporter_name": "演示居民", "reporter_phone": f"1990000{self.rng.randrange(10_000):04d}"}
        with scope.acting(by):
            if spot or (channel == "patrol" and self.rng.random() < 0.4):
                values["attachment_ids"] = (self._picture(by, "handle" if spot else "report", tidy=spot),)
            return casework.submit(channel=channel, by=by, at=at, **values).case

    def settle_on_the_spot(self, house: House, by: Actor, at: dt.datetime) -> None:
        """Rubbish found and cleared by the member of the grid."""
        _, estate, name, address, lon, lat, *_ = house
        with scope.acting(by):
            casework.submit(
                channel="patrol", by=by, at=at, title=f"{estate or ''}{name}暴露垃圾", description="楼前有零散垃圾。",
                category_code="M-06010", address=address, lon=lon, lat=lat, on_the_spot=True,
                result="已现场清理干净。", attachment_ids=(self._picture(by, "handle", tidy=True),),
            )  # fmt: skip

    def _picture(self, by: Actor, phase: str, *, tidy: bool) -> UUID:
        made = attachments.store(
            data=scenery.draw(self.rng, tidy=tidy), filename="演示照片.jpg", phase=phase, uploader_id=by.user_id
        )
        return made.id

    def view(self, case_id: UUID) -> dict[str, Any]:
        """The case as the API shows it, with what only the script needs."""
        with scope.acting(self.system):
            case = casework_selectors.case_of(case_id, actor=self.system)
            shown = dict(documents.case_document(case, self.system))
            place = _street_of(case)
            street = self.streets.get(place) if place else None
        shown["_leaf_codes"] = self.leaves
        shown["_grid_ids"] = [str(house[6]) for house in self.rng.sample(self.houses, k=1)]
        shown["_whistle_units"] = self.departments if street and not case.reopens and _on_site(case) else []
        shown["_street_unit"] = str(street) if street else None
        return shown

    def advance(self, case_id: UUID, at: dt.datetime | None = None) -> bool:
        """Take the case's next move; False when there is none."""
        shown = self.view(case_id)
        move = moves.choose(shown, self.rng)
        if move is None:
            return False
        by = self._who(move)
        if by is None:
            return False
        fields = dict(move.fields)
        with scope.acting(by):
            if move.on is not None:
                casework.whistle_step(whistle_id=UUID(str(move.on)), verb=move.step, by=by, at=at, **fields)
                return True
            if move.step == Step.HANDLE:
                fields["attachments"] = [str(self._picture(by, "handle", tidy=True))]
            casework.take(case_id=case_id, step=move.step, version=shown["version"], by=by, at=at, **fields)
        return True

    def _who(self, move: moves.Move) -> Actor | None:
        if move.unit_id is None:
            return self.cast.with_role(move.role)
        return self.cast.of_unit(UUID(str(move.unit_id)))

    def whistled(self, case_id: UUID) -> bool:
        """Whether departments are being waited for: they come within minutes, not hours."""
        with scope.acting(self.system):
            return Whistle.objects.filter(case=case_id, ended_at__isnull=True).exists()

    def open_cases(self, most: int = MOST_OPEN) -> list[UUID]:
        with scope.acting(self.system):
            waiting = Case.objects.filter(state__in=OPEN - {"carried_over"}, history=False)
            return list(waiting.order_by("-submitted_at").values_list("id", flat=True)[:most])


def _busy(houses: Sequence[House], own: Collection[UUID | None]) -> list[int]:
    """Cumulative weights: houses of the first streets, in the order of the area tree, count for more."""
    streets = [AREAS.ancestor(house[7], Level.SUBDISTRICT) for house in houses]
    first = set(sorted(set(streets))[:BUSY_STREETS])
    weights = (
        OWN if house[6] in own else BUSY if street in first else 1
        for house, street in zip(houses, streets, strict=True)
    )  # fmt: skip
    return list(itertools.accumulate(weights))


def _own_grids() -> set[UUID | None]:
    """Areas of the accounts that the sign-in page offers."""
    posts = (post for account in orgs.demo_accounts() for post in account.user.posts.all())
    return {post.area_id or post.unit.area_id for post in posts}


def _on_site(case: Case) -> bool:
    """Something to be looked at: nobody is whistled for advice."""
    return case.category is not None and not case.category.code.startswith("R-")


def _leaf_codes() -> list[str]:
    return [story.code for story in stories.STORIES if story.code]


def _street_of(case: Case) -> UUID | None:
    if not case.area_pos:
        return None
    return next((v.area_id for v in areas.path(case.area_pos) if v.level == Level.SUBDISTRICT), None)


def backfill(
    *,
    days: float = 6,
    cases: int = 160,
    before: float = 0,
    seed: int = 20261121,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> int:
    """A past for the demonstration: cases of `days` that ended `before` days ago, moved on as far as their age lets
    expect."""
    simulation = Simulation(seed)
    rng = simulation.rng
    with scope.acting(simulation.system):
        now = clock.now()
    made = 0
    for index in range(cases):
        if stop is not None and stop.is_set():
            break
        age = dt.timedelta(days=before + days * (1 - index / cases), minutes=rng.randint(2, 50))
        # At once, so that no worker finds a deadline of last month passed by a case that is about to be moved on.
        with transaction.atomic():
            try:
                case = simulation.report(now - age)
                made += case is not None
                if case is not None:
                    _move_on(simulation, case.id, now - age, now)
            except Problem as problem:
                log.debug("backfill: %s", problem.detail_en)
        if progress and (index % 10 == 9 or index == cases - 1):
            progress(index + 1, cases)
    return made


def _move_on(simulation: Simulation, case_id: UUID, moment: dt.datetime, now: dt.datetime) -> None:
    """Most matters are moved on at once; some wait a day at each desk, a few for many."""
    rng = simulation.rng
    patience = rng.choices((1, 5, 16), weights=(82, 13, 5))[0]
    while True:
        called = simulation.whistled(case_id)
        minutes = rng.choice((3, 6, 9, 14) if called else (4, 9, 25, 50, 110, 240, 600))
        moment += dt.timedelta(minutes=minutes * patience)
        if moment >= now or not simulation.advance(case_id, moment):
            return


def give_past(stop: threading.Event | None = None) -> None:
    """The last days first, for whoever looks already; then two months, and what a district tells of them."""
    backfill(stop=stop)
    divided.review()
    backfill(days=50, before=6, cases=OLDER_CASES, seed=20260922, stop=stop)
    if stop is None or not stop.is_set():
        _tell()


def _tell() -> None:
    """The bulletins of the week and month that ended, issued by whoever leads, and what is disputed of them."""
    simulation = Simulation(1)
    with scope.acting(simulation.system):
        month = periods.containing(PeriodKind.MONTH, clock.now().astimezone(LOCAL).date()).before()
    judged.teach(simulation)
    judged.hurry(simulation)
    judged.leave_out(simulation, month)
    with scope.acting(simulation.system):
        bulletins.make_due()
        drafts = list(Bulletin.objects.filter(state=BulletinState.DRAFT).values_list("pk", flat=True))
    leader = simulation.cast.with_role("district_leader")
    if leader is None:
        return
    with scope.acting(leader):
        for draft in drafts:
            bulletins.issue(bulletin_id=draft, by=leader)
    judged.dispute(simulation, month)


def run(stop: threading.Event, *, per_minute: float, seed: int | None = None) -> None:
    """Make `per_minute` matters a minute and move several times as many, until `stop` is set.

    A district without cases is first given a past, so that nobody looks at empty pages.
    """
    simulation = Simulation(seed)
    with scope.acting(simulation.system):
        empty = not Case.objects.filter(history=False).exists()
    if empty:
        give_past(stop)
    wait = 60 / (per_minute * (1 + MOVES_PER_MATTER))
    while not stop.wait(wait * simulation.rng.uniform(0.5, 1.5)):
        try:
            waiting = simulation.open_cases()
            if len(waiting) < MOST_OPEN and simulation.rng.random() < 1 / (1 + MOVES_PER_MATTER):
                simulation.report()
            elif waiting:
                # The newest move quickly, so that a visitor sees a case travel; older ones keep their turn.
                pool = waiting[:40] if simulation.rng.random() < 0.7 else waiting
                simulation.advance(simulation.rng.choice(pool))
        except Problem as problem:
            log.debug("simulation: %s", problem.detail_en)
