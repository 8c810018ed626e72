-- name: division_not_carried_out
-- zh: 已批准的划分方案过了生效日期仍未生效
-- en: an approved plan of division has not taken effect though its day is past
select id, valid_from from divisions_plan
 where state = 'published' and valid_from < (clock_timestamp() at time zone 'Asia/Shanghai' - interval '30 minutes')::date;

-- name: division_half_carried_out
-- zh: 已撤销的网格仍有在用的网格队伍
-- en: a grid that has ended still has a team at work
select u.id, e.value ->> 'code'
  from divisions_plan p join divisions_publication b on b.plan_id = p.id
 cross join jsonb_array_elements(b.ended) e(value)
  join org_unit u on u.area_id = (e.value ->> 'area')::uuid and u.kind = 'grid_team' and u.active
 where p.state = 'in_force' and p.level = 3;

-- name: open_case_in_ended_grid
-- zh: 在办案件仍在已撤销的网格
-- en: an open case lies in a grid that has ended
select c.id, e.value ->> 'code'
  from divisions_plan p join divisions_publication b on b.plan_id = p.id
 cross join jsonb_array_elements(b.ended) e(value)
  join casework_case c on c.area_pos = (e.value ->> 'pos')::bigint
 where p.state = 'in_force' and p.level = 3 and not c.history and c.state not in ('closed', 'cancelled', 'merged')
   and c.submitted_at < p.effective_at;

-- name: plan_without_its_atoms
-- zh: 划分方案的社区数据不齐
-- en: the arrays of a plan's community are not of one length
select id, code from divisions_plancommunity
 where cardinality(atom_ids) <> cardinality(labels) or cardinality(atom_ids) <> cardinality(households)
    or cardinality(atom_ids) <> cardinality(was_ids);
