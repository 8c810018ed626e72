"""Keys of neighbouring systems. The secret is shown once; only its SM3 is kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.crypto import sm3
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import channels
from wangge.org.models import ChannelCredential, Unit
from wangge.org.scope import Actor

# What a neighbouring system may be trusted with: handing in, following what it handed in, and the directories.
GRANTABLE = frozenset({"casework:case:submit", "casework:case:read", "casework:case:comment", "casework:case:rate"})


class NameTaken(Conflict):
    code = "credential_name_taken"
    title_zh = "已有同名凭证"
    title_en = "A credential of this name exists"


def issue_credential(
    *,
    name: str,
    channel: str,
    unit_id: UUID,
    permissions: Sequence[str],
    by: Actor,
    expires_at: datetime | None = None,
    at: datetime | None = None,
) -> tuple[ChannelCredential, str]:
    """The credential and its secret, which nobody can read again."""
    moment = at or clock.now()
    channels.check_known(channel, at="body.channel")
    errors = []
    if not Unit.objects.filter(pk=unit_id, active=True).exists():
        errors.append(field_error("body.unit_id", "没有这个单位", "no such unit"))
    refused = sorted(set(permissions) - GRANTABLE)
    if refused:
        allowed = "、".join(sorted(GRANTABLE))
        errors.append(
            field_error(
                "body.permissions", f"不能授予 {refused[0]}，只能是 {allowed}", f"{refused[0]} cannot be granted"
            )
        )
    if expires_at is not None and expires_at <= moment:
        errors.append(field_error("body.expires_at", "到期时间已过", "is in the past"))
    if errors:
        raise Invalid(errors=errors)
    if ChannelCredential.objects.filter(name=name).exists():
        raise NameTaken
    secret = secrets.token_urlsafe(32)
    made = ChannelCredential(
        name=name,
        channel=channel,
        unit_id=unit_id,
        secret_hash=sm3(secret.encode()),
        permissions=sorted(permissions),
        expires_at=expires_at,
    )
    with transaction.atomic():
        ChannelCredential.objects.bulk_create([made])
        _log(made, "org:credential:issue", by, moment)
    return made, secret


def revoke_credential(*, credential_id: UUID, by: Actor, at: datetime | None = None) -> None:
    """It stops working at once; the row stays for the log's sake."""
    with transaction.atomic():
        found = ChannelCredential.objects.select_for_update().filter(pk=credential_id).first()
        if found is None:
            raise NotFound
        ChannelCredential.objects.filter(pk=credential_id).update(active=False)
        _log(found, "org:credential:revoke", by, at or clock.now())


def _log(credential: ChannelCredential, action: str, by: Actor, at: datetime) -> None:
    data = {"name": credential.name, "channel": credential.channel, "permissions": credential.permissions}
    audit.record(subject_type="credential", subject_id=credential.id, action=action, actor=by, data=data, at=at)
