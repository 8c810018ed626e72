"""The log: appended, chained, anchored; nothing in it can be changed unnoticed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError, ProgrammingError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wangge.audit import chain, selectors, services
from wangge.audit.models import Anchor, Entry, Look, Outbox
from wangge.kit import clock
from wangge.kit.errors import Invalid
from wangge.kit.ids import uuid7

AT = datetime(2026, 11, 20, 3, 4, 5, 678901, tzinfo=UTC)
ACTOR = SimpleNamespace(user_id=uuid7(), name="王调度", unit_id=uuid7(), on_behalf_of=None)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=1), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def append(
    subject_id: UUID, action: str = "test:thing:change", data: dict[str, Any] | None = None, **more: Any
) -> Entry:
    return services.record(
        subject_type="thing", subject_id=subject_id, action=action, actor=ACTOR, data=data or {}, at=AT, **more
    )


@pytest.mark.django_db
def test_entries_are_numbered_from_one_and_hold_on_to_each_other() -> None:
    thing = uuid7()
    first, second = append(thing), append(thing, data={"to": "已办结"}, area_pos=77)
    assert (first.number, second.number) == (1, 2)
    assert first.previous == chain.GENESIS
    assert second.previous == first.hash
    kept = selectors.log_of(subject_type="thing", subject_id=thing)
    assert [entry.seq for entry in kept] == [first.seq, second.seq]
    assert (kept[1].actor_name, kept[1].data, kept[1].area_pos, kept[1].at) == ("王调度", {"to": "已办结"}, 77, AT)
    assert selectors.verify_chain("thing", thing).whole


@pytest.mark.django_db
@given(
    data=st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=1), max_size=5), json_values, max_size=4)
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_whatever_is_written_verifies_when_read_back(data: dict[str, Any]) -> None:
    thing = uuid7()
    append(thing, data=data)
    assert selectors.verify_chain("thing", thing).breaks == []


@pytest.mark.django_db
def test_ids_dates_and_numbers_are_kept_as_text_and_other_things_refused() -> None:
    thing = uuid7()
    append(thing, data={"id": thing, "at": AT, "n": Decimal("1.50"), "x": (1, 2.0)})
    assert Entry.objects.get(subject_id=thing).data == {
        "id": str(thing),
        "at": AT.isoformat(),
        "n": "1.50",
        "x": [1, 2],
    }
    assert selectors.verify_chain("thing", thing).whole
    with pytest.raises(TypeError, match="object"):
        append(thing, data={"x": object()})
    with pytest.raises(ValueError, match="Out of range"):
        append(thing, data={"x": float("nan")})


@pytest.mark.django_db
def test_an_entry_with_its_messages_takes_two_round_trips_and_one_for_a_new_subject(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    thing = uuid7()
    with django_assert_num_queries(1):
        first = append(thing, after=chain.Tip(), outbox=[("webhook", {"n": 1}), ("sms", {})])
    with django_assert_num_queries(2):
        append(thing)
    with django_assert_num_queries(1):
        append(uuid7(), after=chain.Tip())
    assert list(Outbox.objects.order_by("id").values_list("topic", "payload", "subject_id")) == [
        ("webhook", {"n": 1}, thing),
        ("sms", {}, thing),
    ]
    assert chain.tip_of(first) == chain.Tip(1, first.hash)


@pytest.mark.django_db
def test_many_entries_are_one_statement(django_assert_num_queries: Callable[[int], Any]) -> None:
    entries = [
        chain.next_entry(
            tip=chain.Tip(),
            subject_type="thing",
            subject_id=uuid7(),
            action="test:thing:make",
            actor=None,
            data={"n": n},
            at=AT,
        )
        for n in range(50)
    ]
    with django_assert_num_queries(1):
        services.record_many(entries, outbox=[(entries[0], ("webhook", {}))])
    assert [entry.seq for entry in entries] == list(range(entries[0].seq, entries[0].seq + 50))
    assert Entry.objects.get(seq=entries[7].seq).data == {"n": 7}
    assert selectors.verify_all().whole
    assert Outbox.objects.get().subject_id == entries[0].subject_id
    services.record_many([])


@pytest.mark.django_db
def test_two_writers_cannot_both_be_number_two() -> None:
    thing = uuid7()
    tip = chain.tip_of(append(thing))
    append(thing, after=tip)
    with pytest.raises(DatabaseError, match="audit_entry_chain"), transaction.atomic():
        append(thing, after=tip)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_entry", "audit_anchor", "audit_look"])
@pytest.mark.parametrize("statement", ["update {} set at = at", "delete from {}", "truncate {}"])
def test_nobody_changes_or_deletes_what_was_logged(
    table: str, statement: str, superuser: psycopg.Connection[Any]
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute(statement.format(table))


# --- tampering, by somebody who is above every rule --------------------------------------------------------------

CHANGES = {
    "action": "action = action || 'x'",
    "data": "data = data || '{\"forged\": 1}'",
    "actor": "actor_id = gen_random_uuid()",
    "name": "actor_name = actor_name || '某'",
    "time": "at = at + interval '1 microsecond'",
    "place": "area_pos = coalesce(area_pos, 0) + 1",
    "behalf": "on_behalf_of = gen_random_uuid()",
    "hash": "hash = set_byte(hash, 31, (get_byte(hash, 31) + 1) %% 256)",
    "previous": "previous = set_byte(previous, 0, (get_byte(previous, 0) + 1) %% 256)",
}


def write_log(subjects: int, each: int) -> list[Entry]:
    things = [uuid7() for _ in range(subjects)]
    return [append(thing, data={"n": n}) for n in range(each) for thing in things]


def tamper(superuser: psycopg.Connection[Any], statement: str, *values: Any) -> None:
    superuser.execute("set session_replication_role = replica")
    assert superuser.execute(statement, values).rowcount
    superuser.execute("set session_replication_role = origin")


@pytest.fixture
def fresh(transactional_db: None, superuser: psycopg.Connection[Any]) -> Callable[[], None]:
    def clean() -> None:
        superuser.execute("set session_replication_role = replica")
        superuser.execute("delete from audit_entry")
        superuser.execute("delete from audit_anchor")
        superuser.execute("alter sequence audit_entry_seq_seq restart")
        superuser.execute("set session_replication_role = origin")

    return clean


tampering = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)


@given(what=st.sampled_from(sorted(CHANGES)), victim=st.integers(0, 11), anchored=st.booleans())
@tampering
def test_every_edit_is_found(
    what: str, victim: int, anchored: bool, fresh: Callable[[], None], superuser: psycopg.Connection[Any]
) -> None:
    fresh()
    entries = write_log(3, 4)
    if anchored:
        services.anchor()
    assert selectors.verify_all().whole
    tamper(superuser, f"update audit_entry set {CHANGES[what]} where seq = %s", entries[victim].seq)
    breaks = selectors.verify_all().breaks
    assert str(entries[victim].subject_id) in {str(found.subject_id) for found in breaks}


@given(victims=st.sets(st.integers(0, 11), min_size=1, max_size=11))
@tampering
def test_every_deletion_is_found_even_of_the_newest(
    victims: set[int], fresh: Callable[[], None], superuser: psycopg.Connection[Any]
) -> None:
    fresh()
    entries = write_log(3, 4)
    services.anchor()
    tamper(superuser, "delete from audit_entry where seq = any(%s)", [entries[victim].seq for victim in victims])
    assert not selectors.verify_all().whole


@given(pair=st.sets(st.integers(0, 11), min_size=2, max_size=2))
@tampering
def test_every_swap_is_found(pair: set[int], fresh: Callable[[], None], superuser: psycopg.Connection[Any]) -> None:
    fresh()
    entries = write_log(3, 4)
    services.anchor()
    one, other = (entries[index] for index in sorted(pair))
    superuser.execute("set session_replication_role = replica")
    superuser.execute("alter table audit_entry drop constraint audit_entry_chain")
    for column in ("subject_id", "number", "data", "hash", "previous"):
        before = {e.seq: getattr(e, column) for e in (one, other)}
        for seq, value in ((one.seq, before[other.seq]), (other.seq, before[one.seq])):
            stored = chain.encode(value) if column == "data" else value
            superuser.execute(f"update audit_entry set {column} = %s where seq = %s", [stored, seq])
    superuser.execute(
        "alter table audit_entry add constraint audit_entry_chain unique (subject_type, subject_id, number)"
    )
    superuser.execute("set session_replication_role = origin")
    assert not selectors.verify_all().whole


def test_a_chain_rewritten_as_a_whole_is_found_by_the_anchor(
    fresh: Callable[[], None], superuser: psycopg.Connection[Any]
) -> None:
    fresh()
    entries = write_log(1, 3)
    services.anchor()
    tip = chain.Tip()
    for entry in entries:
        entry.data = {"forged": entry.number}
        entry.previous = tip.hash
        entry.hash = chain.chain_hash(tip.hash, chain.canonical(entry))
        tip = chain.tip_of(entry)
        tamper(
            superuser,
            "update audit_entry set data = %s, previous = %s, hash = %s where seq = %s",
            chain.encode(entry.data), entry.previous, entry.hash, entry.seq,
        )  # fmt: skip
    assert selectors.verify_chain("thing", entries[0].subject_id).whole
    assert [found.subject_type for found in selectors.verify_all().breaks] == ["anchor"]


def test_a_missing_anchor_is_found(fresh: Callable[[], None], superuser: psycopg.Connection[Any]) -> None:
    fresh()
    for _ in range(3):
        write_log(1, 2)
        services.anchor()
    report = selectors.verify_all()
    assert (report.whole, report.entries, report.anchors, report.unanchored) == (True, 6, 3, 0)
    tamper(superuser, "delete from audit_anchor where first_seq = 3")
    assert not selectors.verify_all().whole


# --- the anchor and writers on the way ---------------------------------------------------------------------------


def test_an_entry_still_on_its_way_is_not_skipped_by_the_anchor(
    fresh: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    fresh()
    thing = uuid7()
    drawn, commit = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with transaction.atomic():
            append(thing)
            drawn.set()
            commit.wait(10)
        connections.close_all()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    drawn.wait(10)
    with caplog.at_level(logging.WARNING, "wangge.audit"):
        assert services.anchor(tries=1) is None
    assert "writers did not pause" in caplog.text
    commit.set()
    writer.join()
    sealed = services.anchor()
    assert sealed is not None
    assert sealed.last_seq == Entry.objects.get(subject_id=thing).seq
    assert services.anchor() is None  # nothing new


def test_a_notification_carries_the_number_after_the_commit(
    fresh: Callable[[], None], superuser: psycopg.Connection[Any]
) -> None:
    superuser.execute("listen wangge")
    with transaction.atomic():
        entry = append(uuid7())
        assert list(superuser.notifies(timeout=0.05)) == []
    assert [note.payload for note in superuser.notifies(timeout=5, stop_after=1)] == [str(entry.seq)]


# --- the outbox --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_message_is_sent_once_and_a_failing_one_holds_up_no_other() -> None:
    append(uuid7(), outbox=[("bad", {}), ("good", {"n": 1}), ("good", {"n": 2}), ("nobody's", {})])
    seen: list[dict[str, Any]] = []

    def fail(message: Outbox) -> None:
        Look.objects.create(at=AT, actor_id=uuid7(), actor_name="", subject_type="", purpose="effect")
        raise ConnectionError("neighbour is down")

    handlers = {"bad": fail, "good": lambda message: seen.append(message.payload)}
    assert services.send_outbox(handlers) == 2
    assert seen == [{"n": 1}, {"n": 2}]
    bad = Outbox.objects.get(topic="bad")
    assert (bad.sent_at, bad.attempts, bad.last_error) == (None, 1, "ConnectionError: neighbour is down")
    assert not Look.objects.exists()  # its effect went with it
    assert Outbox.objects.get(topic="nobody's").sent_at is None
    assert services.send_outbox(handlers) == 0  # the failing one waits its turn
    Outbox.objects.filter(topic="bad").update(created_at=clock.now() - timedelta(minutes=1))
    assert services.send_outbox({"bad": lambda message: seen.append({"later": 1})}) == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_message_once() -> None:
    append(uuid7(), outbox=[("sms", {"n": n}) for n in range(40)])
    seen: list[int] = []

    def work() -> None:
        while services.send_outbox({"sms": lambda message: seen.append(message.payload["n"])}, limit=5):
            pass
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(40))
    assert not Outbox.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.django_db
def test_looking_needs_a_purpose() -> None:
    kept = services.look(actor=ACTOR, subject_type="case", subject_id=uuid7(), fields=["phone"], purpose=" 回访核实 ")
    assert (kept.purpose, kept.fields) == ("回访核实", ["phone"])
    with pytest.raises(Invalid):
        services.look(actor=ACTOR, subject_type="case", subject_id=uuid7(), fields=["phone"], purpose=" ")


@pytest.mark.django_db
def test_anchors_in_a_quiet_log() -> None:
    assert services.anchor() is None
    assert not Anchor.objects.exists()
