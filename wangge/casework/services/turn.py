"""One step being taken: what every effect gets, the register of effects, and the refusals they share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

from wangge.casework.models import Attachment, Case, Party, WorkOrder
from wangge.casework.workflow import OPEN_ORDERS, State, Step, Transition
from wangge.kit.errors import Conflict, Invalid, Problem, field_error
from wangge.org.models import Unit

if TYPE_CHECKING:
    from wangge.org.scope import Actor

LOCAL = ZoneInfo("Asia/Shanghai")


class WrongState(Conflict):
    """The step is not for a case in this state."""

    code = "wrong_state"
    title_zh = "当前状态不能进行此操作"
    title_en = "Not possible in the present state"


class Blocked(Conflict):
    """A rule of the work forbids it now; the detail cites the rule."""

    code = "blocked"
    title_zh = "暂不能办理"
    title_en = "Blocked by a rule"


class RulingNeeded(Blocked):
    code = "ruling_needed"
    title_zh = "需先由裁定人裁定权属"
    title_en = "An arbiter must rule first"


class StandsWrong(Problem):
    """The permission is there, the relation to this case is not: another unit's order, one's own handling."""

    code = "stands_wrong"
    status = 403
    title_zh = "您与该案件的关系不允许此操作"
    title_en = "Your part in this case does not allow it"


@dataclass
class Turn:
    """`to`, `stops` and `starts` come from the table; an effect may change them within `may_become`."""

    case: Case
    step: Step
    transition: Transition
    by: Actor
    at: datetime
    reason: str
    fields: Mapping[str, Any]
    orders: list[WorkOrder]
    to: State
    stops: tuple[str, ...]
    starts: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    order: WorkOrder | None = None  # the one whose clocks stop
    also: list[tuple[Case, str, dict[str, Any]]] = field(default_factory=list)  # entries on other cases

    @property
    def open_orders(self) -> list[WorkOrder]:
        return [order for order in self.orders if order.state in OPEN_ORDERS]

    def refuse(self, name: str, zh: str, en: str) -> NoReturn:
        raise Invalid(errors=[field_error(f"body.{name}", zh, en)])

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        value = self.fields.get(name)
        if value is None or value == "":
            if required:
                self.refuse(name, "必填", "Required")
            return ""
        if not isinstance(value, str):
            self.refuse(name, "应为文字", "Text is needed")
        if len(value) > limit:
            self.refuse(name, f"不能超过 {limit} 字", f"At most {limit} characters")
        return value.strip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, "应为是或否", "True or false is needed")
        return value

    def number(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        value = self.fields.get(name)
        if value is None:
            if required:
                self.refuse(name, "必填", "Required")
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(name, f"应为 {low} 到 {high} 的整数", f"A whole number from {low} to {high}")
        return value

    def identifier(self, name: str, *, required: bool = False) -> uuid.UUID | None:
        value = self.fields.get(name)
        if value is None or value == "":
            if required:
                self.refuse(name, "必填", "Required")
            return None
        return self._uuid(name, value)

    def identifiers(self, name: str, *, required: bool = False) -> list[uuid.UUID]:
        values = self.fields.get(name) or []
        if not isinstance(values, Sequence) or isinstance(values, str):
            self.refuse(name, "应为列表", "A list is needed")
        if required and not values:
            self.refuse(name, "至少选一项", "Choose at least one")
        found = [self._uuid(name, value) for value in values]
        return list(dict.fromkeys(found))

    def _uuid(self, name: str, value: Any) -> uuid.UUID:
        if isinstance(value, uuid.UUID):
            return value
        try:
            return uuid.UUID(value)
        except (ValueError, TypeError, AttributeError):
            self.refuse(name, "编号无效", "Not an identifier")

    def moment(self, name: str) -> datetime:
        """A date (its end, local time) or an instant with its offset."""
        value = self.fields.get(name)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            value = value.isoformat()
        if not isinstance(value, str) or not value:
            self.refuse(name, "必填", "Required")
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            self.refuse(name, "日期无效", "Not a date")
        if len(value) == 10:
            return parsed.replace(hour=23, minute=59, tzinfo=LOCAL)
        if parsed.tzinfo is None:
            self.refuse(name, "时间须带时区", "The time needs its offset")
        return parsed

    def unit(self, name: str, *, required: bool = False) -> Unit | None:
        wanted = self.identifier(name, required=required)
        return None if wanted is None else self._units(name, [wanted])[0]

    def units(self, name: str, *, required: bool = False) -> list[Unit]:
        wanted = self.identifiers(name, required=required)
        return self._units(name, wanted) if wanted else []

    def _units(self, name: str, wanted: list[uuid.UUID]) -> list[Unit]:
        found = Unit.objects.filter(active=True).in_bulk(wanted)
        if len(found) < len(wanted):
            self.refuse(name, "单位不存在或已停用", "No such unit in use")
        return [found[one] for one in wanted]

    def note(self, **facts: Any) -> None:
        """Into the log entry of this step; never personal data."""
        self.facts.update(facts)


Effect = Callable[[Turn], None]
EFFECTS: dict[Step, Effect] = {}


def effect(step: Step) -> Callable[[Effect], Effect]:
    def register(function: Effect) -> Effect:
        EFFECTS[step] = function
        return function

    return register


def attach(turn: Turn, phase: str) -> int:
    """Claim the uploads named in `attachments` for this case; only the uploader may, and only once."""
    wanted = turn.identifiers("attachments")
    if not wanted:
        return 0
    claimed = Attachment.objects.filter(pk__in=wanted, case__isnull=True, uploader_id=turn.by.user_id).update(
        case=turn.case, phase=phase
    )
    if claimed < len(wanted):
        turn.refuse("attachments", "附件不存在或已被使用", "No such upload, or it is used already")
    turn.note(attachments=[str(one) for one in wanted])
    return claimed


def add_party(case: Case, unit: Unit, role: str) -> None:
    """The unit sees the case from now on. A lead stays a lead when it is named again as a helper."""
    party, created = Party.objects.get_or_create(
        case=case,
        unit=unit,
        defaults={"unit_pos": unit.pos, "role": role, "submitted_at": case.submitted_at},
    )
    if not created and role == "lead" and party.role != "lead":
        party.role = role
        party.save(update_fields=["role"])


def name_of(unit: Unit) -> dict[str, str]:
    return {"id": str(unit.pk), "name": unit.short_name}
