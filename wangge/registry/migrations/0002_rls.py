"""The second lock: people, and where they live, are seen by scope, whatever the query.

A person is seen where they live, where something current ties them, and by the units in whose care a current tag puts
them. Ties and tags in turn are seen with the person. Two policies that ask each other recur without end, so whether
somebody is tied or tagged is asked by functions with the rights of the tables' owner: those see every row and say no
more than yes or no about the scope that is applied.

Estates, buildings, entrances, premises, components, devices, organisations and who serves an estate hold no personal
data that is not sealed, and rules hold none at all: those tables stay open.
"""

from django.db import migrations

from wangge.org import rls

FUNCTIONS = """
create function registry_is_tied(uuid) returns boolean language plpgsql stable parallel safe cost 50
    security definer set search_path from current as $$ begin
    return exists (select from registry_tie
        where person_id = $1 and valid_to is null and area_pos <@ wangge_areas() offset 0); end $$;
create function registry_is_tagged(uuid) returns boolean language plpgsql stable parallel safe cost 50
    security definer set search_path from current as $$ begin
    return exists (select from registry_tag
        where person_id = $1 and ended_on is null and unit_pos <@ wangge_units() offset 0); end $$;
create function registry_sees_person(uuid) returns boolean language plpgsql stable parallel safe cost 100
    as $$ begin return exists (select from registry_person where id = $1); end $$;
"""
DROP_FUNCTIONS = """
drop function registry_sees_person(uuid); drop function registry_is_tagged(uuid); drop function registry_is_tied(uuid);
"""
HERE = rls.in_areas("area_pos")
PROTECTED = {
    "registry_dwelling": (HERE,),
    "registry_household": (HERE,),
    "registry_photo": (HERE,),
    "registry_person": (HERE, "registry_is_tied(id)", "registry_is_tagged(id)"),
    "registry_tie": (HERE, "registry_sees_person(person_id)"),
    "registry_tag": (HERE, rls.in_units("unit_pos")),
    "registry_furtherphone": ("registry_sees_person(person_id)",),
    "registry_correction": ("registry_sees_person(person_id)", rls.in_units("unit_pos")),
    "registry_relation": ("registry_sees_person(person_id)", "registry_sees_person(other_id)"),
    "registry_import": (rls.is_own("by_id"),),
    "registry_importrow": (rls.through(table="registry_importrow", key="run_id", parent="registry_import"),),
    "registry_export": (rls.is_own("by_id"), HERE),
}


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
