"""Signing in: guessing is slowed per account and per address, and nobody is locked out from afar."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from tests import factories
from tests.factories import PASSWORD, District
from wangge.org import services
from wangge.org.models import SignInAttempt, User
from wangge.org.services import SignInFailed, SlowDown
from wangge.org.services.signing_in import FREE_PER_ACCOUNT, FREE_PER_ADDRESS

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def fail(at: datetime = AT, username: str = "dispatcher", address: str = HERE, password: str = "wrong") -> None:
    with pytest.raises(SignInFailed):
        services.sign_in(username=username, password=password, address=address, at=at)


def succeed(at: datetime = AT, username: str = "dispatcher", address: str = HERE) -> User:
    return services.sign_in(username=username, password=PASSWORD, address=address, at=at)


def wait_of(at: datetime, username: str = "dispatcher", address: str = HERE) -> int:
    with pytest.raises(SlowDown) as refused:
        services.sign_in(username=username, password=PASSWORD, address=address, at=at)
    seconds = int(refused.value.headers["Retry-After"])
    assert refused.value.status == 429
    return seconds


def test_the_right_password_signs_in(district: District) -> None:
    assert succeed(username=" dispatcher ").name == "王调度"


@pytest.mark.parametrize("username", ["dispatcher", "nobody", "", "x" * 500])
def test_wrong_passwords_and_unknown_accounts_get_the_same_answer(district: District, username: str) -> None:
    fail(username=username)
    assert SignInAttempt.objects.get().ok is False


def test_a_stopped_account_cannot_sign_in(district: District) -> None:
    User.objects.filter(username="dispatcher").update(is_active=False)
    fail(password=PASSWORD)


def test_each_failure_past_the_free_ones_doubles_the_wait(district: District) -> None:
    at, waits = AT, []
    for _ in range(FREE_PER_ACCOUNT):
        fail(at)
    for _ in range(12):
        fail(at)
        waits.append(wait_of(at))
        at += timedelta(seconds=waits[-1])
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    succeed(at)
    fail(at)  # forgiven: the count begins anew
    succeed(at + timedelta(seconds=1))


def test_an_hour_later_all_is_forgotten(district: District) -> None:
    for _ in range(FREE_PER_ACCOUNT + 1):
        fail()
    wait_of(AT)
    succeed(AT + timedelta(hours=1, seconds=1))


def test_guessing_an_account_is_slowed_whatever_address_it_comes_from(district: District) -> None:
    for number in range(FREE_PER_ACCOUNT + 1):
        fail(address=f"198.51.100.{number}")
    assert wait_of(AT, address="203.0.113.5") == 2


def test_trying_one_password_on_many_accounts_is_slowed_by_address(district: District) -> None:
    for number in range(FREE_PER_ADDRESS + 1):
        fail(username=f"guess{number}")
    wait_of(AT, username="grid_member")
    succeed(username="grid_member", address=ELSEWHERE)


def test_a_duty_account_cannot_be_locked_from_outside(district: District) -> None:
    User.objects.filter(username="dispatcher").update(lockout_exempt=True)
    for _ in range(FREE_PER_ACCOUNT + 1):
        fail(address=ELSEWHERE)
    wait_of(AT, address=ELSEWHERE)  # the guesser waits
    succeed(address=HERE)  # the duty desk does not


def test_an_unknown_account_takes_as_long_as_a_known_one(district: District) -> None:
    def took(username: str, round_: int) -> float:
        started = time.perf_counter()
        fail(username=username, at=AT + timedelta(hours=2 * round_))
        return time.perf_counter() - started

    took("warm", -1)
    known = statistics.median(took("dispatcher", n) for n in range(9))
    unknown = statistics.median(took(f"nobody{n}", n) for n in range(9))
    assert 0.6 < known / unknown < 1.6


def test_old_attempts_are_forgotten(district: District) -> None:
    fail(AT - timedelta(days=2))
    fail()
    assert services.forget_attempts(at=AT) == 1
    assert SignInAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_all_count() -> None:
    factories.make_district()
    answers: list[str] = []

    def guess() -> None:
        try:
            services.sign_in(username="dispatcher", password="wrong", address=HERE, at=AT)
        except (SignInFailed, SlowDown) as refused:
            answers.append(refused.code)
        connections.close_all()

    guessers = [threading.Thread(target=guess) for _ in range(16)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    assert answers.count("sign_in_failed") == FREE_PER_ACCOUNT + 1
    assert answers.count("sign_in_slow_down") == 16 - FREE_PER_ACCOUNT - 1
