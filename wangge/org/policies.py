"""Permissions of org; and what keeps the three administrators apart (三权分立)."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    CHANNELS = "org:channel:manage"
    CONFIGURE = "org:system:configure"
    MONITOR = "org:system:monitor"
    STAND_IN = "org:stand_in:manage"
    UNIT_READ = "org:unit:read"
    USER_CHANGE = "org:user:change"
    USER_CREATE = "org:user:create"
    USER_READ = "org:user:read"


# What only the one administrator may hold, by the prefix of the permission.
SEPARATED: dict[str, tuple[str, ...]] = {
    "system": (
        Perm.CONFIGURE,
        Perm.CHANNELS,
        "district:",
        "areas:area:import",
        "areas:area:change",
        "registry:retention:",
    ),
    "security": (Perm.USER_CREATE, Perm.USER_CHANGE, "registry:keys:"),
    "audit": ("audit:",),
}
# Business in which no administrator takes part; people of the registry are none of theirs to see.
BUSINESS = (
    "appraisal:",
    "casework:",
    "divisions:",
    "intake:",
    "command:",
    *(f"registry:{of}:" for of in ("export", "import", "person", "tag")),
)


def separation_faults(*, separation: str, permissions: list[str]) -> list[tuple[str, str]]:
    """What is wrong with a role's permissions, in Chinese and English."""
    faults = []
    for permission in permissions:
        if separation and permission.startswith(BUSINESS):
            faults.append(
                (f"管理员角色不得办理业务：{permission}", f"an administrator's role must not hold {permission}")
            )
        for holder, prefixes in SEPARATED.items():
            if holder != separation and permission.startswith(prefixes):
                faults.append(
                    (
                        f"{permission} 只能授予{NAMES[holder]}角色",
                        f"{permission} belongs to the {holder} administrator's role alone",
                    )
                )
    return faults


NAMES = {"system": "系统管理员", "security": "安全管理员", "audit": "审计管理员"}
