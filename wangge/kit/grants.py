"""What the application role may do: everything with rows, nothing with tables, and only append to the log."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

APP_ROLE = "wangge_app"
APPEND_ONLY = ("audit_entry", "audit_anchor", "audit_look")


def grant(connection: BaseDatabaseWrapper, role: str = APP_ROLE) -> bool:
    """Grant to `role` in the current schema, as the tables' owner, after migrating. False: no such role here."""
    with connection.cursor() as cursor:
        cursor.execute("select current_schema(), exists (select from pg_roles where rolname = %s)", [role])
        schema, exists = cursor.fetchone()
        if not exists:
            return False
        names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema)}
        for statement in (
            "grant usage on schema {schema} to {role}",
            "grant select, insert, update, delete on all tables in schema {schema} to {role}",
            "grant usage, select on all sequences in schema {schema} to {role}",
            "grant execute on all functions in schema {schema} to {role}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
        cursor.execute(
            "select tablename from pg_tables where schemaname = %s and tablename = any(%s)", [schema, list(APPEND_ONLY)]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("revoke update, delete on {table} from {role}").format(table=sql.Identifier(table), **names)
            )
    return True
