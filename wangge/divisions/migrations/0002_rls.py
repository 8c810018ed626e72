"""The second lock: a plan is seen by whoever sees the whole of its area, and what belongs to it with it.

A notice is for a person or for a unit. Barriers and rules are open: lines on the map, and what the profile says.
"""

from django.db import migrations

from wangge.org import rls

FUNCTIONS = """
create function divisions_sees_plan(uuid) returns boolean language plpgsql stable parallel safe cost 50
    as $$ begin return exists (select from divisions_plan where id = $1); end $$;
create function divisions_sees_community(uuid) returns boolean language plpgsql stable parallel safe cost 100
    as $$ begin return exists (select from divisions_plancommunity where id = $1); end $$;
"""
DROP_FUNCTIONS = "drop function divisions_sees_community(uuid); drop function divisions_sees_plan(uuid);"

OF_PLAN = "divisions_sees_plan(plan_id)"
PROTECTED = {
    "divisions_plan": (rls.in_areas("area_pos"),),
    "divisions_plancommunity": (OF_PLAN,),
    "divisions_site": ("divisions_sees_community(community_id)",),
    "divisions_edit": (OF_PLAN,),
    "divisions_publication": (OF_PLAN,),
    "divisions_assignment": (OF_PLAN,),
    "divisions_divisionnotice": (rls.is_own("user_id"), rls.in_units("unit_pos")),
}


class Migration(migrations.Migration):
    dependencies = [("divisions", "0001_initial"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
