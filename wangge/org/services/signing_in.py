"""Signing in, and slowing down whoever guesses."""

from __future__ import annotations

import functools
import math
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.db.models import Max, Q

from wangge.kit import clock
from wangge.kit.errors import NotSignedIn, TooMany
from wangge.org.models import SignInAttempt, User

# Failures that cost nothing; each one more doubles the wait.
FREE_PER_ACCOUNT, FREE_PER_ADDRESS = 4, 30
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(hours=1)


class SignInFailed(NotSignedIn):
    """The same words whether the account exists or not."""

    code = "sign_in_failed"
    title_zh = "账号或密码不正确"
    title_en = "Wrong account or password"


class SlowDown(TooMany):
    code = "sign_in_slow_down"
    title_zh = "尝试次数过多，请稍后再试"
    title_en = "Too many attempts; wait before the next"


def sign_in(*, username: str, password: str, address: str, at: datetime | None = None) -> User:
    """The user, or SignInFailed, or SlowDown with Retry-After. Commits on its own: failures are remembered.

    The attempt is written as failed before the password is checked, so that a thousand at once count as a thousand.
    """
    moment = at or clock.now()
    account = username.strip()[:64]
    user = User.objects.filter(username=account).first()
    attempt = _admit(account=account, address=address, at=moment, duty=user is not None and user.lockout_exempt)
    good = check_password(password, user.password if user else _nobodys_hash())
    if user is None or not good or not user.is_active:
        raise SignInFailed
    with transaction.atomic():
        SignInAttempt.objects.filter(pk=attempt.pk).update(ok=True)
    return user


@functools.cache
def _nobodys_hash() -> str:
    """Checked for accounts that do not exist, so that the answer takes as long."""
    return make_password("nobody")


def _admit(*, account: str, address: str, at: datetime, duty: bool) -> SignInAttempt:
    """Refuse while a wait runs; else reserve the attempt. One at a time per account and per address."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # in one order everywhere, so that two requests cannot wait for each other
            cursor.execute("select pg_advisory_xact_lock(hashtext('sign in address ' || %s))", [address])
            cursor.execute("select pg_advisory_xact_lock(hashtext('sign in account ' || %s))", [account])
        # A duty account must not be locked by somebody elsewhere: only what came from the same address counts for it.
        theirs = Q(account=account, address=address) if duty else Q(account=account)
        waits = [_wait(theirs, at, FREE_PER_ACCOUNT, forgiving=True)]
        if not duty:
            waits.append(_wait(Q(address=address), at, FREE_PER_ADDRESS, forgiving=False))
        wait = max(waits)
        if wait > timedelta():
            seconds = math.ceil(wait.total_seconds())
            raise SlowDown(
                f"尝试次数过多，请 {seconds} 秒后再试",
                f"Too many attempts; try again in {seconds} seconds",
                headers={"Retry-After": str(seconds)},
                retry_after=seconds,
            )
        return SignInAttempt.objects.create(at=at, account=account, address=address, ok=False)


def _wait(whose: Q, at: datetime, free: int, *, forgiving: bool) -> timedelta:
    """How much longer to wait; for an account a success wipes out the failures before it."""
    attempts = SignInAttempt.objects.filter(whose, at__gt=at - REMEMBERED, at__lte=at)
    if forgiving:
        success = attempts.filter(ok=True).aggregate(last=Max("at"))["last"]
        if success is not None:
            attempts = attempts.filter(at__gt=success)
    failures = list(attempts.filter(ok=False).order_by("-at").values_list("at", flat=True)[: free + 20])
    if len(failures) <= free:
        return timedelta()
    pause = min(timedelta(seconds=2 ** (len(failures) - free)), LONGEST_WAIT)
    return failures[0] + pause - at


def forget_attempts(*, at: datetime | None = None) -> int:
    """Delete attempts older than a day; how many."""
    moment = at or clock.now()
    deleted, _ = SignInAttempt.objects.filter(at__lt=moment - timedelta(days=1)).delete()
    return deleted
