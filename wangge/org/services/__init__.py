"""The only writer of units, people, roles, stand-ins and credentials."""

from wangge.org.services.credentials import issue_credential, revoke_credential
from wangge.org.services.loading import (
    ChannelRow,
    PersonRow,
    RoleRow,
    UnitRow,
    load_channels,
    load_people,
    load_roles,
    load_units,
    show_demo_accounts,
)
from wangge.org.services.people import (
    PostWish,
    cancel_stand_in,
    change_user,
    create_stand_in,
    create_user,
    set_preferences,
)
from wangge.org.services.refusals import note_not_found, note_search_limit
from wangge.org.services.signing_in import SignInFailed, SlowDown, forget_attempts, sign_in
from wangge.org.services.teams import NewTeam, PostMove, TeamsChanged, change_teams

__all__ = [
    "ChannelRow",
    "NewTeam",
    "PersonRow",
    "PostMove",
    "PostWish",
    "RoleRow",
    "SignInFailed",
    "SlowDown",
    "TeamsChanged",
    "UnitRow",
    "cancel_stand_in",
    "change_teams",
    "change_user",
    "create_stand_in",
    "create_user",
    "forget_attempts",
    "issue_credential",
    "load_channels",
    "load_people",
    "load_roles",
    "load_units",
    "note_not_found",
    "note_search_limit",
    "revoke_credential",
    "set_preferences",
    "show_demo_accounts",
    "sign_in",
]
