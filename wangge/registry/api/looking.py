"""What routes share by which people are looked up: the pace, what is refused, and what a search is for."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from wangge.kit.errors import Forbidden, TooMany
from wangge.kit.pace import Pace, too_many
from wangge.org.http import Signed, client_address
from wangge.registry.services import looks
from wangge.registry.services.keeping import stated

LOOKS_PER_HOUR = 60
SHORTEST_PURPOSE = 4
SESSION_OF_WORK = 8 * 3600
_PURPOSE = "search_purpose"
_looks = Pace(3600)


@contextlib.contextmanager
def refusals_kept(request: Signed, *, subject: str, subject_id: UUID, fields: Sequence[str]) -> Iterator[None]:
    """A look that is refused within is kept, though the request itself is undone."""
    try:
        yield
    except (Forbidden, TooMany) as refused:
        note = functools.partial(looks.note_refused_look, by=request.actor, subject=subject, subject_id=subject_id)
        address = client_address(request)
        request.if_refused.append(functools.partial(note, fields=list(fields), code=refused.code, address=address))
        raise


def pace_look(request: Signed) -> None:
    refused = _looks.use(request.actor.user_id, LOOKS_PER_HOUR)
    if refused is not None:
        raise too_many(
            refused,
            f"一小时内查看完整信息超过 {LOOKS_PER_HOUR} 次，请 {{wait}}后再试",
            f"more than {LOOKS_PER_HOUR} looks in an hour: try again in {{wait}}",
        )


def purpose_of_search(request: Signed, said: str) -> str:
    """As said with this search, else with an earlier one of the same session of work; empty when it was never said."""
    if said.strip():
        purpose = stated("body.purpose", said, least=SHORTEST_PURPOSE, most=80)
        request.session[_PURPOSE] = {"text": purpose, "until": time.time() + SESSION_OF_WORK}
        return purpose
    held = request.session.get(_PURPOSE)
    return str(held["text"]) if held and held["until"] > time.time() else ""
