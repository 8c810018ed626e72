"""Row-level security: SQL for the migrations of the apps whose rows have a place or a party.

The scope of a request lives in transaction-local settings (see scope.apply); policies read them through the
functions below. Nothing applied: nothing seen. The policies bind every role but the tables' owner, so the
owner migrates and loads profiles, and the application role, which owns nothing, cannot step around them.

They guard reading, changing and deleting. Inserting is left to the services, because a matter may belong to
others the moment it is told. Two policies must not select from each other's tables (PostgreSQL calls that
infinite recursion): leave the table of parties, which says only who takes part, without a policy.
A full-text match is not leakproof and so is never pushed below a policy: search through a table without one.
The tables left open, the log among them, stand with their reasons in docs/adr/0005.
"""

from __future__ import annotations

FUNCTIONS = """
create function wangge_sees_all() returns boolean language sql stable parallel safe
    as $$ select coalesce(current_setting('wangge.all', true), '') = 'on' $$;
create function wangge_areas() returns int8multirange language sql stable parallel safe
    as $$ select coalesce(nullif(current_setting('wangge.areas', true), ''), '{}')::int8multirange $$;
create function wangge_units() returns int8multirange language sql stable parallel safe
    as $$ select coalesce(nullif(current_setting('wangge.units', true), ''), '{}')::int8multirange $$;
create function wangge_own() returns uuid language sql stable parallel safe
    as $$ select nullif(current_setting('wangge.own', true), '')::uuid $$;
"""
DROP_FUNCTIONS = """
drop function wangge_sees_all(); drop function wangge_areas(); drop function wangge_units();
drop function wangge_own();
"""

# In a sub-select each is computed once per statement instead of once per row.
SEES_ALL = "(select wangge_sees_all())"


def in_areas(column: str) -> str:
    """Condition: `column` (a tree position) lies in one of the scope's areas."""
    return f"{column} <@ (select wangge_areas())"


def in_units(column: str) -> str:
    """Condition: `column` (a unit's position) is one of the scope's units."""
    return f"{column} <@ (select wangge_units())"


def is_own(column: str) -> str:
    """Condition: `column` holds the id of the person whose own matters the scope covers."""
    return f"{column} = (select wangge_own())"


def through(*, table: str, key: str, parent: str) -> str:
    """Condition: the row's parent is visible under the parent's own policy."""
    return f"exists (select from {parent} p where p.id = {table}.{key})"


def protect(table: str, *conditions: str) -> str:
    """SQL that lets a row be seen, changed and deleted when the scope is everything or any condition holds."""
    visible = " or ".join([SEES_ALL, *(f"({condition})" for condition in conditions)])
    return (
        f"alter table {table} enable row level security;\n"
        f"create policy visible on {table} for select using ({visible});\n"
        f"create policy changed on {table} for update using ({visible}) with check (true);\n"
        f"create policy deleted on {table} for delete using ({visible});\n"
        f"create policy inserted on {table} for insert with check (true);\n"
    )


def unprotect(table: str) -> str:
    names = ("visible", "changed", "deleted", "inserted")
    dropped = "".join(f"drop policy {name} on {table};\n" for name in names)
    return dropped + f"alter table {table} disable row level security;\n"
