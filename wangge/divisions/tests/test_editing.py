"""A plan is changed by hand: by version, contiguity kept, figures at once, one step back."""

from __future__ import annotations

from typing import Any

import pytest

from wangge.audit.models import Entry
from wangge.divisions.models import Edit, Plan, PlanCommunity
from wangge.divisions.services import editing
from wangge.divisions.services.acting import Stale, WrongPlanState
from wangge.divisions.services.editing import GridBroken, GridLocked, NothingToUndo
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.org import scope

pytestmark = pytest.mark.django_db


class Bench:
    """One community of a plan, edited by one person after the other."""

    def __init__(self, plan: Plan, area_id: Any, by: Any) -> None:
        self.plan, self.area_id, self.by = plan, area_id, by

    def row(self) -> PlanCommunity:
        with scope.acting(self.by):
            found: PlanCommunity = PlanCommunity.objects.get(plan=self.plan, area_id=self.area_id)
        return found

    def edit(self, step: str, *, version: int | None = None, by: Any = None, **fields: Any) -> PlanCommunity:
        at = version or self.row().version
        with scope.acting(by or self.by) as actor:
            return editing.edit(
                plan_id=self.plan.pk, community_id=self.area_id, step=step, version=at, fields=fields, by=actor
            )

    def atoms(self, label: int) -> list[Any]:
        row = self.row()
        return [pk for pk, one in zip(row.atom_ids, row.labels, strict=True) if one == label]

    def at(self, column: int, line: int) -> Any:
        """The building in that column from the west and row from the south."""
        return self.row().atom_ids[column * 4 + line]


@pytest.fixture
def bench(district, make_plan, people) -> Bench:
    """Three grids of eight buildings from west to east."""
    plan = make_plan("community1", grids=3, low=300, high=500)
    found = Bench(plan, district.areas["community1"].id, people.subdistrict_dispatcher)
    with scope.acting(found.by):
        row = found.row()
        row.labels = [index // 8 for index in range(24)]
        PlanCommunity.objects.filter(pk=row.pk).update(labels=row.labels)
    return Bench(plan, found.area_id, found.by)


def test_a_building_goes_to_the_next_grid_and_the_figures_are_new(bench):
    before = bench.row().version
    row = bench.edit("move", atoms=[bench.at(2, 0)], to=0)

    assert row.labels.count(0) == 9
    assert {grid["label"]: grid["households"] for grid in row.grids} == {0: 450, 1: 350, 2: 400}
    assert row.version == before + 1
    with scope.acting(bench.by):
        assert Plan.objects.get(pk=bench.plan.pk).figures["in_band"] == 3
        (entry,) = Entry.objects.filter(action="divisions:plan:edit")
    assert entry.data["step"] == "move"


def test_an_edit_that_breaks_a_grid_apart_is_refused_or_allowed_with_a_note(bench):
    far = [bench.at(0, line) for line in range(4)]
    bench.edit("move", atoms=far, to=1, allow_break=True)  # 1 now lies on both sides of what is left of 0
    bench.edit("undo")
    with pytest.raises(GridBroken) as refused:
        bench.edit("move", atoms=far, to=1)
    assert [one["label"] for one in refused.value.extra["grids"]] == [1]

    row = bench.edit("move", atoms=far, to=1, allow_break=True)
    with scope.acting(bench.by):
        noted = Edit.objects.filter(community=row).order_by("-number")[0]
    assert "不相连" in noted.text["zh"]
    assert [grid["contiguous"] for grid in row.grids if grid["label"] == 1] == [False]


def test_who_comes_second_is_told_who_was_first_and_when(bench, staff):
    version = bench.row().version
    bench.edit("move", atoms=[bench.at(2, 0)], to=0, by=staff.street_leader)
    with pytest.raises(Stale) as stale:
        bench.edit("move", atoms=[bench.at(2, 1)], to=0, version=version)

    assert stale.value.extra["by"] == "秦街道"
    assert stale.value.extra["at"]
    assert stale.value.extra["current_version"] == version + 1


def test_edits_are_undone_one_after_the_other(bench):
    bench.edit("rerun", grids=3)
    first = bench.row().labels
    bench.edit("merge", labels=sorted(set(first))[:2], allow_break=True)
    bench.edit("rename", labels=[bench.row().grids[0]["label"]], name="泉城网格")
    bench.edit("undo")
    row = bench.edit("undo")

    assert row.labels == first
    assert "泉城网格" not in {grid["name"] for grid in row.grids}
    bench.edit("undo")
    with pytest.raises(NothingToUndo):
        bench.edit("undo")


def test_a_grid_is_split_into_connected_parts_of_about_the_same_size(bench):
    row = bench.edit("split", labels=[1])
    sizes = sorted(grid["households"] for grid in row.grids)
    assert len(row.grids) == 4
    assert sizes[:2] == [200, 200]
    assert all(grid["contiguous"] for grid in row.grids)


def test_grids_are_merged(bench):
    row = bench.edit("merge", labels=[1, 2])
    assert {grid["label"]: grid["band"] for grid in row.grids} == {0: "in", 1: "over"}


def test_one_grid_more_and_one_less(bench):
    assert len(bench.edit("add").grids) == 4
    assert len(bench.edit("remove").grids) == 3
    label = bench.row().grids[0]["label"]
    row = bench.edit("remove", labels=[label])
    assert label not in row.labels
    assert all(grid["contiguous"] for grid in row.grids)


def test_a_drawn_boundary_takes_what_lies_inside(bench):
    west, east = 116.9, 116.9 + 0.1 / 6 * 1.01
    polygon = [(west, 36.59), (east, 36.59), (east, 36.71), (west, 36.71)]
    row = bench.edit("redraw", polygon=polygon)  # a new grid: the first column
    assert row.labels.count(3) == 4
    with pytest.raises(Invalid):
        bench.edit("redraw", polygon=[(0, 0), (1, 1), (1, 0), (0, 1)])


def test_locked_grids_stay_as_they_are(bench):
    bench.edit("lock", labels=[0])
    with pytest.raises(GridLocked):
        bench.edit("move", atoms=[bench.at(0, 0)], to=1)
    kept = bench.atoms(0)
    bench.edit("rerun")
    assert bench.atoms(0) == kept
    bench.edit("unlock", labels=[0])
    assert not any(grid["locked"] for grid in bench.row().grids)


def test_what_is_not_there_or_not_ones_own_is_refused(bench, people, district):
    with pytest.raises(NotFound):
        bench.edit("explode")
    with pytest.raises(Invalid):
        bench.edit("move", atoms=[bench.plan.pk], to=0)
    with pytest.raises(Invalid):
        bench.edit("merge", labels=[0, 77])
    with pytest.raises(NotFound):
        bench.edit("rerun", by=people.other_subdistrict_dispatcher)
    with pytest.raises(Forbidden):
        bench.edit("rerun", by=people.community_cadre)


def test_a_plan_that_is_proposed_is_not_edited(bench):
    with scope.acting(bench.by):
        Plan.objects.filter(pk=bench.plan.pk).update(state="proposed")
    with pytest.raises(WrongPlanState):
        bench.edit("rerun")
