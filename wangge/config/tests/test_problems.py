"""Which problem stands for which exception; what nobody expected gets a number and keeps its words to itself."""

from __future__ import annotations

import errno
import json
import logging

import django.db
import psycopg
import psycopg_pool
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import exceptions
from django.http import Http404

from wangge.config import problems
from wangge.kit.errors import Malformed


def caused(outer: Exception, cause: Exception) -> Exception:
    outer.__cause__ = cause
    return outer


def after(outer: Exception, earlier: Exception) -> Exception:
    outer.__context__ = earlier
    return outer


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Malformed("坏", "bad"), 400, "malformed"),
        (Http404(), 404, "not_found"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.RequestDataTooBig(), 413, "too_large"),
        (exceptions.SuspiciousOperation(), 400, "malformed"),
        (django.db.OperationalError("connection refused"), 503, "unavailable"),
        (django.db.InterfaceError("connection already closed"), 503, "unavailable"),
        (psycopg_pool.PoolTimeout("no connection"), 503, "unavailable"),
        (caused(django.db.OperationalError(), psycopg.errors.DiskFull()), 503, "unavailable"),
        (caused(django.db.OperationalError(), psycopg.errors.AdminShutdown()), 503, "unavailable"),
        (caused(django.db.OperationalError(), psycopg.errors.QueryCanceled()), 503, "unavailable"),
        (caused(django.db.InternalError(), psycopg.errors.ReadOnlySqlTransaction()), 503, "unavailable"),
        (caused(django.db.DataError(), psycopg.errors.NumericValueOutOfRange()), 422, "invalid"),
        (django.db.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), 400, "malformed"),
        (caused(django.db.IntegrityError(), psycopg.errors.CheckViolation()), 500, "unexpected"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "unavailable"),
        (OSError(errno.EROFS, "Read-only file system"), 503, "unavailable"),
        (OSError(errno.EACCES, "Permission denied"), 500, "unexpected"),
        (after(SessionInterrupted(), after(UpdateError(), django.db.OperationalError())), 503, "unavailable"),
        (after(SessionInterrupted(), after(UpdateError(), django.db.DatabaseError("no row"))), 401, "not_signed_in"),
        (KeyError("x"), 500, "unexpected"),
    ],
)
def test_each_failure_has_its_answer(error: Exception, status: int, code: str) -> None:
    problem = problems.translate(error)
    assert (problem.status, problem.code) == (status, code)


def test_an_unexpected_failure_is_logged_by_number_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    row = "Failing row contains (13812345678, 王小明)"

    def fail() -> None:
        raise ValueError(row)

    with caplog.at_level(logging.ERROR, logger="wangge.problems"):
        try:
            fail()
        except ValueError as error:
            problem = problems.translate(error)
    assert problem.extra["incident"] in caplog.text
    assert "ValueError" in caplog.text
    assert "in fail" in caplog.text
    assert "13812345678" not in caplog.text
    assert "13812345678" not in json.dumps(problem.body(), ensure_ascii=False)
