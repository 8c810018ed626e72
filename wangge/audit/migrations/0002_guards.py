"""The log takes additions only, whoever asks; writers announce themselves to the anchor."""

from django.db import migrations

GUARDS = """
create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only: % on % refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
  for each statement execute function audit_refuse();
create trigger audit_anchor_append_only before update or delete or truncate on audit_anchor
  for each statement execute function audit_refuse();
create trigger audit_look_append_only before update or delete or truncate on audit_look
  for each statement execute function audit_refuse();

-- Held until commit. Taken before the statement draws its sequence numbers, so the anchor can tell when no number
-- that was given out is still on its way (audit.services._settled_seq).
create function audit_writer() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtext('wangge audit writers'));
  return null;
end $$;
create trigger audit_entry_writer before insert on audit_entry
  for each statement execute function audit_writer();
"""
UNGUARD = """
drop trigger audit_entry_writer on audit_entry; drop function audit_writer();
drop trigger audit_entry_append_only on audit_entry; drop trigger audit_anchor_append_only on audit_anchor;
drop trigger audit_look_append_only on audit_look; drop function audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARDS, UNGUARD)]
