"""The second lock: rows of cases are seen by scope, whatever the query. Parties stay open (see org.rls).

What belongs to a case is seen by asking the case's own policy through a function. Written out as a subquery it would
be expanded at every mention: a list that names orders and whistles spent forty times longer planned than run.
"""

from django.db import migrations

from wangge.org import rls

FUNCTIONS = """
create function casework_sees_case(uuid) returns boolean language plpgsql stable parallel safe cost 50
    as $$ begin return exists (select from casework_case where id = $1); end $$;
create function casework_sees_whistle(uuid) returns boolean language plpgsql stable parallel safe cost 100
    as $$ begin return exists (select from casework_whistle where id = $1); end $$;
"""
# Cases that have the words, at most so many. Reading the words of all cases one by one is never the better way, whatever
# the statistics say of the words' frequency; and a function of its own keeps the plan apart from what joins it.
WORDS = """
create function casework_with_words(tsquery, bigint) returns setof uuid language sql stable rows 500
    set enable_seqscan = off
    as $$ select case_id from casework_search where tokens @@ $1 limit $2 $$;
"""
DROP_WORDS = "drop function casework_with_words(tsquery, bigint);"
DROP_FUNCTIONS = "drop function casework_sees_whistle(uuid); drop function casework_sees_case(uuid);"

# `offset 0` keeps it a look at one case's parties; else the planner may hash all parties there are.
PARTY = (
    "exists (select from casework_party party where party.case_id = casework_case.id and "
    + rls.in_units("party.unit_pos")
    + " offset 0)"
)
OF_CASE = "casework_sees_case(case_id)"
PROTECTED = {
    "casework_case": (rls.in_areas("area_pos"), rls.is_own("submitter_id"), PARTY),
    "casework_workorder": (OF_CASE,),
    "casework_whistle": (OF_CASE,),
    "casework_responder": ("casework_sees_whistle(whistle_id)",),
    "casework_clock": (OF_CASE,),
    "casework_timerequest": (OF_CASE,),
    "casework_notice": (OF_CASE,),
    "casework_attachment": ("case_id is null and " + rls.is_own("uploader_id"), OF_CASE),
    "casework_savedview": (rls.is_own("user_id"),),
    # Only the services that make cases look at keys, and they see everything while they do.
    "casework_idempotencykey": (),
}


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial"), ("org", "0002_guards")]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(WORDS, DROP_WORDS),
        *(
            migrations.RunSQL(rls.protect(table, *conditions), rls.unprotect(table))
            for table, conditions in PROTECTED.items()
        ),
    ]
