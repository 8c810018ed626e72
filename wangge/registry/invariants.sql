-- What must hold of the registry at every moment; see casework/invariants.sql.

-- name: two_homes_at_once
-- zh: 同一人同一时间有两条居住记录
-- en: somebody lives in two places at once
select a.person_id, a.id || ' ' || b.id
  from registry_tie a join registry_tie b on b.person_id = a.person_id and b.id > a.id and b.kind = 'lives'
 where a.kind = 'lives'
   and daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to);

-- name: living_elsewhere_than_tied
-- zh: 居住房屋与现行居住记录不符
-- en: the dwelling somebody lives in is not the one of their current stay
select p.id, p.dwelling_id::text
  from registry_person p
 where p.status in ('living_here', 'absent') and p.dwelling_id is not null
   and exists (select from registry_tie t where t.person_id = p.id and t.kind = 'lives' and t.valid_to is null)
   and not exists (select from registry_tie t where t.person_id = p.id and t.kind = 'lives' and t.valid_to is null
                      and t.dwelling_id = p.dwelling_id);

-- name: gone_and_still_at_home
-- zh: 已迁出、已故或已删除的人仍有住处
-- en: somebody who moved out, died or was erased still lives somewhere
select p.id, p.status
  from registry_person p
 where p.status in ('moved_out', 'deceased', 'erased') and p.dwelling_id is not null;

-- name: head_without_household
-- zh: 户主不在任何户中，或一户有两名户主
-- en: a head belongs to no household, or a household has two heads
select p.id, coalesce(p.household_id::text, '')
  from registry_person p
 where p.household_role = 'head'
   and (p.household_id is null
        or exists (select from registry_person q
                    where q.household_id = p.household_id and q.household_role = 'head' and q.id > p.id));

-- name: wrong_number_of_members
-- zh: 户的人数与在户人员不符
-- en: the number of members is not how many people belong to the household
select h.id, h.members || ' <> ' || m.people
  from registry_household h
  cross join lateral (select count(*) as people from registry_person p where p.household_id = h.id) m
 where h.members <> m.people;

-- name: unsealed_person
-- zh: 未删除的人没有密封信封，或已删除的人仍有信封或检索键
-- en: a person without an envelope, or an erased one with an envelope or keys
select p.id, p.status
  from registry_person p
 where (octet_length(p.sealed) = 0) <> (p.status = 'erased')
    or (p.status = 'erased'
        and (coalesce(p.id_key, p.phone_key, p.tail_key, p.birth_key) is not null
             or p.name_key <> 0 or p.initials_key <> 0));

-- name: phone_keys_apart
-- zh: 电话键与尾号键只有其一
-- en: of the keys of a phone and its last four digits only one is there
select p.id, ''
  from registry_person p
 where (p.phone_key is null) <> (p.tail_key is null);

-- name: number_twice
-- zh: 同一证件号码登记了两个在住的人
-- en: one number is two people
select p.id, q.id::text
  from registry_person p join registry_person q on q.id_key = p.id_key and q.id > p.id
 where p.id_key is not null and p.status in ('living_here', 'absent') and q.status in ('living_here', 'absent');

-- name: expired_tag_in_force
-- zh: 标签到期两天以上仍未解除
-- en: a tag is past its expiry for more than two days and still in force
select t.person_id, t.kind_id
  from registry_tag t
 where t.ended_on is null and t.expires_on < current_date - 2;

-- name: tag_of_somebody_gone
-- zh: 已迁出、已故或已删除的人仍有现行标签
-- en: a tag is in force for somebody who is gone
select t.person_id, t.kind_id
  from registry_tag t join registry_person p on p.id = t.person_id
 where t.ended_on is null and p.status in ('moved_out', 'deceased', 'erased');

-- name: person_outside_tree
-- zh: 人员位置不在区划树上
-- en: somebody lies outside the tree of areas
select p.id, p.area_pos::text
  from registry_person p
 where p.status in ('living_here', 'absent')
   and not exists (select from areas_areaversion v where v.pos = p.area_pos);

-- name: dwelling_apart_from_its_building
-- zh: 房屋所在网格与楼栋不符
-- en: a dwelling lies in another grid than its building
select d.id, d.area_pos || ' <> ' || b.area_pos
  from registry_dwelling d join registry_building b on b.id = d.building_id
 where d.ended_on is null and d.area_pos <> b.area_pos;

-- name: kept_too_long
-- zh: 超过保存期限七天以上仍未删除（有人保留的除外）
-- en: kept for more than seven days after its time
select p.id, p.retention || ' ' || p.delete_after
  from registry_person p
 where p.delete_after < current_date - 7 and p.status in ('moved_out', 'deceased');

-- name: export_kept_too_long
-- zh: 导出文件到期一天以上仍未删除
-- en: the file of an export is there a day after its time
select e.id, e.path
  from registry_export e
 where e.path <> '' and e.expires_at < clock_timestamp() - interval '1 day';

-- name: export_not_agreed
-- zh: 导出缺少两名其他人的同意
-- en: a large export is made without two others who agreed
select e.id, e.count::text
  from registry_export e
 where e.state in ('ready', 'expired') and jsonb_array_length(e.approvals) > 0
   and ((select count(distinct a ->> 'by') from jsonb_array_elements(e.approvals) a where (a ->> 'agreed')::boolean) < 2
        or exists (select from jsonb_array_elements(e.approvals) a where a ->> 'by' = e.by_id::text));

-- name: loop_of_relations
-- zh: 亲属关系成环
-- en: somebody is their own ancestor
with recursive line(start, id, depth) as (
  select person_id, other_id, 1 from registry_relation where kind = 'parent'
  union
  select line.start, r.other_id, line.depth + 1
    from line join registry_relation r on r.person_id = line.id and r.kind = 'parent'
   where line.depth < 12)
select start, depth::text from line where id = start;
