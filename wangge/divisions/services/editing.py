"""Changing a plan by hand: one community at a time, by version, contiguity kept, figures worked out at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import shapely
from django.db import transaction

from wangge.divisions import figures
from wangge.divisions.models import Edit, Plan, PlanCommunity, Site
from wangge.divisions.policies import Perm
from wangge.divisions.services.acting import editable, locked, locked_community, record
from wangge.divisions.services.reshaping import added, dissolved, halves, worked_out
from wangge.divisions.site import Frozen, open_
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, Problem, field_error
from wangge.org.scope import Actor

if TYPE_CHECKING:
    from numpy.typing import NDArray


class GridBroken(Problem):
    """`grids` names those that would lie in several parts; `allow_break` takes the edit all the same."""

    code = "grid_broken"
    status = 422
    title_zh = "网格会被拆散"
    title_en = "The grid would fall apart"


class GridLocked(Conflict):
    code = "grid_locked"
    title_zh = "网格已锁定"
    title_en = "The grid is locked"


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    title_zh = "没有可撤销的修改"
    title_en = "There is nothing to undo"


@dataclass
class Turn:
    """One edit of one community: what is asked, and what becomes of it."""

    plan: Plan
    row: PlanCommunity
    site: Frozen
    fields: Mapping[str, Any]
    labels: NDArray[np.int64]
    grids: list[dict[str, Any]]
    text: dict[str, str] = field(default_factory=dict)

    def grid(self, label: int) -> dict[str, Any]:
        found = next((one for one in self.grids if one["label"] == label), None)
        if found is None:
            raise Invalid(errors=[field_error("body.labels", f"没有编号为 {label} 的网格", f"no grid {label}")])
        return found

    def given(self) -> list[int]:
        labels: list[int] = list(dict.fromkeys(self.fields.get("labels") or ()))
        if not labels:
            raise Invalid(errors=[field_error("body.labels", "请选择网格", "Choose a grid")])
        for label in labels:
            self.grid(label)
        return labels

    def target(self) -> int:
        """The grid to go to; without one a new grid begins."""
        to: int | None = self.fields.get("to")
        if to is None:
            return int(self.labels.max(initial=-1)) + 1
        return int(self.grid(to)["label"])

    def say(self, zh: str, en: str) -> None:
        self.text = {"zh": zh, "en": en}

    def name(self, label: int) -> str:
        return next((str(one["name"]) for one in self.grids if one["label"] == label), f"新网格 {label + 1}")


Change = Callable[[Turn], None]


def edit(
    *,
    plan_id: UUID,
    community_id: UUID,
    step: str,
    version: int,
    by: Actor,
    fields: Mapping[str, Any],
    at: dt.datetime | None = None,
) -> PlanCommunity:
    """Take one step of EDITS, or `undo`. The community is locked; its version is what the editor saw."""
    if not by.may(Perm.DRAFT_PLAN):
        raise Forbidden(permission=Perm.DRAFT_PLAN)
    now = at or clock.now()
    with transaction.atomic():
        plan = locked(plan_id, by=by)
        if step != "undo" and step not in EDITS:
            raise NotFound
        row = locked_community(plan, community_id, version)
        editable(plan)
        turn = Turn(
            plan, row, open_(Site.objects.get(community=row).packed), fields,
            np.array(row.labels, dtype=np.int64), [dict(one) for one in row.grids],
        )  # fmt: skip
        before = (list(row.labels), list(row.grids))
        if step == "undo":
            _undo(turn)
        else:
            EDITS[step](turn)
            _refuse_broken(turn, before[0])
        _write(turn, by, now)
        if step != "undo":
            Edit.objects.create(
                plan=plan, community=row, number=row.version, step=step, text=turn.text, labels_before=before[0],
                grids_before=before[1], at=now, by_id=by.user_id, by_name=by.name,
            )  # fmt: skip
        record(plan, "edit", by, now, community=row.code, step=step, text=turn.text)
    return row


def _write(turn: Turn, by: Actor, now: dt.datetime) -> None:
    plan, row = turn.plan, turn.row
    rules = figures.rules_of(low=plan.low, high=plan.high, given=plan.rules)
    found = figures.describe(turn.site, turn.labels.tolist(), row.was_ids, rules, before=turn.grids, names=_names(row))
    row.labels, row.grids, row.figures = turn.labels.tolist(), found.grids, found.total
    row.drawn = found.drawn
    row.version, row.changed_at, row.changed_by = row.version + 1, now, by.name
    row.save(update_fields=["labels", "grids", "figures", "drawn", "version", "changed_at", "changed_by"])
    others = PlanCommunity.objects.filter(plan=plan).values_list("figures", flat=True)
    plan.figures = plan.figures | figures.total(others)
    plan.version += 1
    plan.save(update_fields=["figures", "version"])


def _names(row: PlanCommunity) -> dict[UUID, tuple[str, str]]:
    from wangge.divisions.services.designing import named

    return named([row.was_ids])


def _unlocked(turn: Turn, labels: Sequence[int]) -> None:
    held = [one["name"] for one in turn.grids if one["label"] in labels and one["locked"]]
    if held:
        raise GridLocked(f"{'、'.join(held)}已锁定，请先解锁", f"{', '.join(held)} locked: unlock first")


def _refuse_broken(turn: Turn, before: Sequence[int]) -> None:
    """A grid that was in one part stays so, unless whoever edits says that it may break."""
    was = np.asarray(before, dtype=np.int64)
    changed = set(turn.labels[turn.labels != was].tolist()) | set(was[turn.labels != was].tolist())
    if not changed:
        return
    whole = {one["label"] for one in turn.grids if one["contiguous"]} | set(turn.labels.tolist()) - set(was.tolist())
    broken = [label for label in sorted(changed & whole) if _parts(turn.site, turn.labels, label) > 1]
    if not broken:
        return
    named = [turn.name(label) for label in broken]
    if not turn.fields.get("allow_break"):
        raise GridBroken(
            f"{'、'.join(named)}将不再相连，请调整，或确认允许不相连",
            f"{', '.join(named)} would lie in several parts: change it, or allow it explicitly",
            grids=[{"label": label, "name": name} for label, name in zip(broken, named, strict=True)],
        )
    turn.say(
        f"{turn.text['zh']}（已确认允许{'、'.join(named)}不相连）",
        f"{turn.text['en']} (allowed to lie in several parts: {', '.join(named)})",
    )


def _parts(site: Frozen, labels: NDArray[np.int64], label: int) -> int:
    from wangge.areas.design.graph import components

    members = np.flatnonzero(labels == label)
    inside = site.edges[(labels[site.edges] == label).all(axis=1)]
    return len(np.unique(components(len(site), inside)[members]))


def _put(turn: Turn, atoms: NDArray[np.int64], to: int) -> None:
    atoms = atoms[turn.labels[atoms] != to]
    if not atoms.size:
        raise Invalid(errors=[field_error("body.atoms", "所选楼栋已在该网格", "They are in that grid already")])
    _unlocked(turn, [*np.unique(turn.labels[atoms]).tolist(), to])
    turn.labels[atoms] = to
    households = int(turn.site.households[atoms].sum())
    turn.say(
        f"{len(atoms)} 栋（{households} 户）划入{turn.name(to)}",
        f"{len(atoms)} ({households} households) to {turn.name(to)}",
    )


def _move(turn: Turn) -> None:
    places = {str(pk): index for index, pk in enumerate(turn.row.atom_ids)}
    wanted = [places.get(str(one)) for one in turn.fields.get("atoms") or ()]
    if not wanted or None in wanted:
        raise Invalid(errors=[field_error("body.atoms", "请选择本社区的楼栋", "Choose buildings of this community")])
    _put(turn, np.array([one for one in wanted if one is not None], dtype=np.int64), turn.target())


def _redraw(turn: Turn) -> None:
    points = turn.fields.get("polygon") or ()
    shape = shapely.Polygon(points) if len(points) >= 3 else shapely.Polygon()
    if shape.is_empty or not shape.is_valid:
        zh, en = "请画一个不自相交的多边形", "Draw a polygon that does not cross itself"
        raise Invalid(errors=[field_error("body.polygon", zh, en)])
    atoms = np.flatnonzero(shapely.contains_xy(shape, turn.site.lons, turn.site.lats))
    if not atoms.size:
        raise Invalid(errors=[field_error("body.polygon", "所画范围内没有楼栋", "There is no building inside")])
    _put(turn, atoms, turn.target())


def _split(turn: Turn) -> None:
    label = turn.given()[0]
    _unlocked(turn, [label])
    parts = halves(turn.plan, turn.site, turn.labels, label, turn.fields.get("parts") or 2)
    name = turn.name(label)
    turn.labels = parts
    turn.say(f"{name}一分为多", f"{name} split")


def _merge(turn: Turn) -> None:
    labels = turn.given()
    if len(labels) < 2:
        raise Invalid(errors=[field_error("body.labels", "至少选择两个网格", "Choose at least two grids")])
    _unlocked(turn, labels)
    names = [turn.name(label) for label in labels]
    turn.labels[np.isin(turn.labels, labels)] = labels[0]
    turn.say(f"合并{'、'.join(names)}", f"Merged {', '.join(names)}")


def _rerun(turn: Turn) -> None:
    turn.labels = worked_out(turn.plan, turn.site, turn.labels, _held(turn), turn.fields.get("grids"))
    turn.say("重新划分本社区", "Worked out anew")


def _add(turn: Turn) -> None:
    turn.labels = added(turn.plan, turn.site, turn.labels, _held(turn), 1)
    turn.say("增加一个网格", "One grid more")


def _remove(turn: Turn) -> None:
    """A named grid goes to its neighbours; without a name the designer takes one out."""
    if turn.fields.get("labels"):
        label = turn.given()[0]
        _unlocked(turn, [label])
        name = turn.name(label)
        turn.labels = dissolved(turn.site, turn.labels, label, _held(turn))
        turn.say(f"撤去{name}", f"{name} taken out")
        return
    turn.labels = added(turn.plan, turn.site, turn.labels, _held(turn), -1)
    turn.say("减少一个网格", "One grid less")


def _held(turn: Turn) -> frozenset[int]:
    return frozenset(one["label"] for one in turn.grids if one["locked"])


def _lock(turn: Turn) -> None:
    _set_locks(turn, locked=True)


def _unlock(turn: Turn) -> None:
    _set_locks(turn, locked=False)


def _set_locks(turn: Turn, *, locked: bool) -> None:
    labels = turn.given()
    for label in labels:
        turn.grid(label)["locked"] = locked
    names = [turn.name(label) for label in labels]
    turn.say(
        f"{'锁定' if locked else '解锁'}{'、'.join(names)}", f"{'Locked' if locked else 'Unlocked'} {', '.join(names)}"
    )


def _rename(turn: Turn) -> None:
    label, name = turn.given()[0], str(turn.fields.get("name") or "").strip()
    if not 2 <= len(name) <= 80:
        raise Invalid(errors=[field_error("body.name", "名称应为 2 到 80 字", "2 to 80 characters")])
    old = turn.name(label)
    turn.grid(label)["given"] = name
    turn.say(f"{old}改称{name}", f"{old} is called {name}")


def _undo(turn: Turn) -> None:
    last = Edit.objects.filter(community=turn.row, undone=False).order_by("-number").first()
    if last is None:
        raise NothingToUndo
    turn.labels = np.array(last.labels_before, dtype=np.int64)
    turn.grids = list(last.grids_before)
    Edit.objects.filter(pk=last.pk).update(undone=True)
    turn.say(f"撤销：{last.text.get('zh', '')}", f"Undone: {last.text.get('en', '')}")


EDITS: dict[str, Change] = {
    "move": _move,
    "redraw": _redraw,
    "split": _split,
    "merge": _merge,
    "rerun": _rerun,
    "add": _add,
    "remove": _remove,
    "lock": _lock,
    "unlock": _unlock,
    "rename": _rename,
}
