"""The rules of time over HTTP: every line, with the names of what it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from django.test import Client

from wangge.casework import timing
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]


def test_whoever_is_signed_in_reads_every_line(people: SimpleNamespace, client_for: ClientFor) -> None:
    for who in (people.grid_member, people.department_clerk):
        said = client_for(who).get("/api/v1/time-rules")
        assert said.status_code == 200, said.json()
        page = said.json()
        lines = {line["name"]: line for kind in page["kinds"] for line in kind["lines"]}
        assert set(lines) == set(timing.base().file.limits)
        assert lines["handle-danger"]["limits"] == [{"zh": "2个紧急工作时", "en": "2 urgent hours"}]
        assert [(one["field"], one["name"]) for one in lines["handle-danger"]["conditions"]] == [("urgency", "危险")]
        assert lines["whole-hotline"]["fixed"]
        assert lines["whole-hotline"]["conditions"][0].keys() == {"field", "code", "name", "name_en"}
        assert [rung["step"] for ladder in page["ladders"] if ladder["kinds"] for rung in ladder["rungs"]] == [
            "remind", "supervise", "escalate", "account",
        ]  # fmt: skip
        assert page["bounds"]["extend_most_times"] == timing.base().extend_most_times


def test_strangers_do_not(client_for: ClientFor) -> None:
    assert client_for(None).get("/api/v1/time-rules").status_code == 401
