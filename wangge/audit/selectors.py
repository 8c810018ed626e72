"""Reading the log, and proving that it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from wangge.audit import chain
from wangge.audit.models import Anchor, Entry, Look
from wangge.kit.crypto import keyed_sm3s


@dataclass(frozen=True)
class Break:
    """A place where the log is not what was written: a subject and number, or an anchor."""

    subject_type: str
    subject_id: UUID | None
    number: int
    zh: str
    en: str


@dataclass
class Report:
    entries: int = 0
    subjects: int = 0
    anchors: int = 0
    unanchored: int = 0  # entries newer than the last anchor: whole so far as their chains tell
    breaks: list[Break] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.breaks


def log_of(*, subject_type: str, subject_id: UUID) -> list[Entry]:
    """The subject's entries, oldest first."""
    return list(Entry.objects.filter(subject_type=subject_type, subject_id=subject_id).order_by("number"))


def verify_chain(subject_type: str, subject_id: UUID) -> Report:
    """Recompute one subject's chain."""
    report = Report()
    for found in _breaks(log_of(subject_type=subject_type, subject_id=subject_id), report):
        report.breaks.append(found)
    return report


def verify_all(*, most: int = 100) -> Report:
    """Recompute every chain and every anchor; stops after `most` breaks."""
    report = Report()
    entries = Entry.objects.order_by("subject_type", "subject_id", "number").iterator(chunk_size=5000)
    for found in _breaks(entries, report):
        report.breaks.append(found)
        if len(report.breaks) >= most:
            return report
    _verify_anchors(report, most)
    return report


def _breaks(entries: Iterable[Entry], report: Report) -> Iterator[Break]:
    subject: tuple[str, UUID] | None = None
    tip = chain.Tip()
    for entry in entries:
        if (entry.subject_type, entry.subject_id) != subject:
            subject = (entry.subject_type, entry.subject_id)
            tip = chain.Tip()
            report.subjects += 1
        report.entries += 1
        at = (*subject, entry.number)
        if entry.number != tip.number + 1:
            missing = f"{tip.number + 1}–{entry.number - 1}"
            yield Break(*at, f"第 {missing} 条缺失", f"entries {missing} are missing")
        elif bytes(entry.previous) != tip.hash:
            yield Break(*at, "与前一条不衔接", "does not follow the entry before it")
        if bytes(entry.hash) != chain.chain_hash(bytes(entry.previous), chain.canonical(entry)):
            yield Break(*at, "内容与其摘要不符", "its content does not match its hash")
        tip = chain.tip_of(entry)


def _verify_anchors(report: Report, most: int) -> None:
    previous, next_seq = chain.GENESIS, 1
    for number, anchor in enumerate(Anchor.objects.order_by("id"), start=1):
        report.anchors += 1
        if bytes(anchor.previous) != previous or anchor.first_seq != next_seq:
            report.breaks.append(
                Break("anchor", None, number, "锚点不衔接，有锚点缺失", "an anchor before it is missing")
            )
        sealed = chain.anchored(anchor.first_seq, anchor.last_seq)
        if bytes(anchor.hash) not in keyed_sm3s(bytes(anchor.previous) + sealed):
            span = f"{anchor.first_seq}–{anchor.last_seq}"
            zh = f"日志 {span} 与其锚点不符：有增、删或改动"
            en = f"entries {span} do not match their anchor: added, removed or changed"
            report.breaks.append(Break("anchor", None, number, zh, en))
        previous, next_seq = bytes(anchor.hash), anchor.last_seq + 1
        if len(report.breaks) >= most:
            return
    report.unanchored = Entry.objects.filter(seq__gte=next_seq).count()


def entries(
    *,
    subject_id: UUID | None = None,
    subject_type: str = "",
    actor_id: UUID | None = None,
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    before: int | None = None,
) -> tuple[list[Entry], int | None]:
    """Newest first, and the `seq` to go on before."""
    wanted: dict[str, object] = {
        "subject_id": subject_id,
        "subject_type": subject_type,
        "actor_id": actor_id,
        "action__startswith": action,
        "at__gte": since,
        "at__lt": until,
        "seq__lt": before,
    }
    found = Entry.objects.filter(**{name: value for name, value in wanted.items() if value})
    page = list(found.order_by("-seq")[: limit + 1])
    return page[:limit], page[limit - 1].seq if len(page) > limit else None


def looks(
    *, subject_id: UUID | None = None, actor_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> tuple[list[Look], str | None]:
    """Newest first (their ids sort by time), and the id to go on before."""
    wanted = {"subject_id": subject_id, "actor_id": actor_id, "id__lt": before}
    found = Look.objects.filter(**{name: value for name, value in wanted.items() if value})
    page = list(found.order_by("-id")[: limit + 1])
    return page[:limit], str(page[limit - 1].id) if len(page) > limit else None
