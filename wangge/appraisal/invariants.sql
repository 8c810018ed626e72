-- What must hold of the counts, cheap enough for every hour. That they are those of the cases is proven by
-- `wangge appraisal check`, which counts everything.

-- name: months_not_their_days
-- zh: 某月的计数与逐日之和不符
-- en: the counts of a month are not the sum of its days
select null::uuid, kind || ' ' || owner || ' ' || month || ' ' || stratum || ' ' || code
  from (select kind, owner, date_trunc('month', start)::date as month, stratum, code,
               case period when 'M' then v else -v end as v
          from appraisal_cell cross join lateral unnest(n) with ordinality u(v, code)
         where kind in ('district', 'subdistrict') and period in ('D', 'M')) both_sides
 group by kind, owner, month, stratum, code
having sum(v) <> 0;

-- name: standing_below_nothing
-- zh: 在办件数为负
-- en: fewer than no open cases
select null::uuid, owner || ' ' || aspect || ' ' || key from appraisal_standing where n < 0;

-- name: counts_left_behind
-- zh: 超过十分钟没有核算的变动
-- en: what changed has not been counted for ten minutes
select case_id, at::text from appraisal_changed
 where id = (select min(id) from appraisal_changed) and at < clock_timestamp() - interval '10 minutes';
