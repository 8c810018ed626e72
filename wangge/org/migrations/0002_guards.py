"""Functions that row-level security reads the scope by, and the separation of the three administrators."""

from django.db import migrations

from wangge.org import rls

SEPARATION = """
create function org_separation() returns trigger language plpgsql as $$
declare held integer;
begin
  select count(distinct r.separation) into held
    from org_post p join org_role r on r.id = p.role_id
   where p.user_id = new.user_id and r.separation <> ''
     and (p.valid_to is null or p.valid_to > current_date);
  if held > 1 then
    raise exception 'one person must not hold two of the separated administrators'' roles'
      using errcode = 'check_violation', constraint = 'org_separation';
  end if;
  return null;
end $$;
create constraint trigger org_post_separation after insert or update on org_post
  for each row execute function org_separation();
"""
DROP_SEPARATION = "drop trigger org_post_separation on org_post; drop function org_separation();"


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]
    operations = [
        migrations.RunSQL(rls.FUNCTIONS, rls.DROP_FUNCTIONS),
        migrations.RunSQL(SEPARATION, DROP_SEPARATION),
    ]
