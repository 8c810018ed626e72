-- What must hold in every database, at every moment. Each query is named and returns (subject, detail) of what does
-- not: no row means that all is well. Run by tests, after every chaos round, hourly in production.

-- name: open_case_without_clock
-- zh: 未结案件没有在计的时限
-- en: an open case has no live clock
select c.id, c.state
  from casework_case c
 where c.state not in ('closed', 'cancelled', 'merged') and not c.history
   and not exists (select from casework_clock k where k.case_id = c.id and k.state in ('running', 'paused'));

-- name: ended_case_with_clock
-- zh: 已结案件仍有在计的时限
-- en: an ended case still has a live clock
select c.id, k.kind
  from casework_case c join casework_clock k on k.case_id = c.id and k.state in ('running', 'paused')
 where c.state in ('closed', 'cancelled') or (c.state = 'merged' and k.kind <> 'whole');

-- name: due_clock_unfired
-- zh: 到期超过一分钟的时限未触发
-- en: a clock is due for more than a minute and has not fired
select k.case_id, k.kind || ' ' || k.next_at
  from casework_clock k
 where k.next_at < clock_timestamp() - interval '60 seconds';

-- name: live_clock_never_looked_at
-- zh: 在计时限没有下次检查时间
-- en: a running clock that has not run out is never looked at again
select k.case_id, k.kind
  from casework_clock k
 where k.state = 'running' and k.next_at is null and k.missed_at is null;

-- name: paused_outside_carry_over
-- zh: 暂停的时限与挂账状态不符
-- en: clocks stand still although the case is not carried over, or run although it is
select c.id, c.state || ' ' || k.kind
  from casework_clock k join casework_case c on c.id = k.case_id
 where c.state <> 'merged'
   and ((k.state = 'paused' and c.state <> 'carried_over') or (k.state = 'running' and c.state = 'carried_over'));

-- name: outbox_unsent
-- zh: 超过五分钟未送出的消息
-- en: a message waits for more than five minutes
select o.subject_id, o.topic
  from audit_outbox o
 where o.sent_at is null and o.created_at < clock_timestamp() - interval '5 minutes';

-- name: case_outside_tree
-- zh: 案件位置不在区域树上
-- en: a case lies outside the tree of areas
select c.id, c.area_pos::text
  from casework_case c
 where c.area_pos <> 0
   and not exists (select from areas_areaversion v where v.id = c.area_version_id and v.pos = c.area_pos);

-- name: unplaced_without_queue
-- zh: 待受理案件地点、分类不明却不在人工队列
-- en: a case waiting to be accepted is unplaced or not understood and not in the human queue
select c.id, c.channel
  from casework_case c
 where c.state in ('submitted', 'accepted') and c.needs_human = '' and (c.area_pos = 0 or c.category_id is null);

-- name: gap_in_log
-- zh: 案件日志编号有缺口
-- en: the numbers of a case's log have a gap
select e.subject_id, count(*) || ' of ' || max(e.number)
  from audit_entry e
 where e.subject_type = 'case'
 group by e.subject_id
having count(*) <> max(e.number) or min(e.number) <> 1;

-- name: case_without_log
-- zh: 案件没有日志
-- en: a case has no log
select c.id, c.number
  from casework_case c
 where not exists (select from audit_entry e where e.subject_type = 'case' and e.subject_id = c.id);

-- name: case_without_search
-- zh: 案件没有检索词
-- en: a case cannot be found by text
select c.id, c.number
  from casework_case c
 where not exists (select from casework_search s where s.case_id = c.id);

-- name: order_without_party
-- zh: 承办单位不在案件参与单位中
-- en: a unit has an order and no part in the case
select o.case_id, o.unit_id::text
  from casework_workorder o
 where not exists (select from casework_party p where p.case_id = o.case_id and p.unit_id = o.unit_id);

-- name: responder_without_party
-- zh: 被吹哨单位不在案件参与单位中
-- en: a unit was called and has no part in the case
select w.case_id, r.unit_id::text
  from casework_responder r join casework_whistle w on w.id = r.whistle_id
 where not exists (select from casework_party p where p.case_id = w.case_id and p.unit_id = r.unit_id);

-- name: two_leads_open
-- zh: 同一案件有两个未完成的主办工单
-- en: two leading orders are open at once
select o.case_id, count(*)::text
  from casework_workorder o
 where o.lead and o.state in ('assigned', 'acknowledged')
 group by o.case_id
having count(*) > 1;

-- name: open_order_in_wrong_state
-- zh: 案件状态与工单不符：不在处置中却有未完成工单
-- en: orders are open although the case is not being handled
select c.id, c.state
  from casework_case c
 where c.state not in ('dispatched', 'carried_over')
   and exists (select from casework_workorder o
                where o.case_id = c.id and o.state in ('assigned', 'acknowledged'));

-- name: dispatched_with_nothing_to_wait_for
-- zh: 处置中的案件没有任何未完成的工单、子案件或吹哨
-- en: a case is being handled and nothing is left to do
select c.id, c.number
  from casework_case c
 where c.state = 'dispatched'
   and not exists (select from casework_workorder o
                    where o.case_id = c.id and o.state in ('assigned', 'acknowledged'))
   and not exists (select from casework_whistle w where w.case_id = c.id and w.ended_at is null)
   and not exists (select from casework_case child where child.parent_id = c.id
                      and child.state not in ('closed', 'cancelled', 'merged'));

-- name: open_order_without_clock
-- zh: 未完成工单没有处置时限
-- en: an open order has no handling clock
select o.case_id, o.id::text
  from casework_workorder o
 where o.state in ('assigned', 'acknowledged')
   and not exists (select from casework_clock k
                    where k.work_order_id = o.id and k.kind = 'handle' and k.state in ('running', 'paused'));

-- name: ended_with_open_child
-- zh: 已结案件仍有未结子案件
-- en: a case has ended while a child is open
select c.id, child.id::text
  from casework_case c join casework_case child on child.parent_id = c.id
 where c.state in ('closed', 'cancelled', 'merged') and child.state not in ('closed', 'cancelled', 'merged');

-- name: ended_with_open_whistle
-- zh: 已结案件仍有未结束的吹哨
-- en: a case has ended while a whistle is open
select c.id, w.id::text
  from casework_case c join casework_whistle w on w.case_id = c.id
 where c.state in ('closed', 'cancelled', 'merged') and w.ended_at is null;

-- name: merged_into_nothing
-- zh: 已合并案件没有指向有效案件
-- en: a merged case points nowhere, or to itself
select c.id, coalesce(c.merged_into_id::text, '')
  from casework_case c
 where (c.state = 'merged') <> (c.merged_into_id is not null) or c.merged_into_id = c.id;

-- name: verified_by_handler
-- zh: 案件由处置人自己核查
-- en: a case was verified by somebody who handled it
select e.subject_id, e.actor_name
  from audit_entry e
 where e.subject_type = 'case' and e.action = 'casework:case:verify'
   and exists (select from casework_workorder o
                where o.case_id = e.subject_id and o.assigned_at < e.at and coalesce(o.done_at, o.assigned_at) < e.at
                  and o.worked_by && array[e.actor_id, e.on_behalf_of]);

-- name: state_not_as_logged
-- zh: 案件状态与日志最后记录的状态不符
-- en: the state of a case is not the one its log ends with
select c.id, c.state || ' <> ' || last.state
  from casework_case c
  cross join lateral (
    select e.data -> 'state' ->> 1 as state from audit_entry e
     where e.subject_type = 'case' and e.subject_id = c.id and e.data ? 'state'
     order by e.number desc limit 1) last
 where last.state <> c.state;

-- name: attachment_lost
-- zh: 附件超过一天未归入任何案件
-- en: an upload belongs to no case for more than a day
select a.id, a.name
  from casework_attachment a
 where a.case_id is null and a.uploaded_at < clock_timestamp() - interval '24 hours';

-- name: key_without_case
-- zh: 幂等键指向不存在的案件
-- en: an idempotency key stands for a case that does not exist
select k.case_id, k.key
  from casework_idempotencykey k
 where not exists (select from casework_case c where c.id = k.case_id);

-- name: request_nobody_can_decide
-- zh: 案件已离开办理环节，延期、挂账申请仍待审批
-- en: a request for time waits although the case can no longer be given any
select c.id, c.state
  from casework_timerequest t join casework_case c on c.id = t.case_id
 where t.state = 'asked' and c.state not in ('dispatched', 'handled', 'verified');

-- name: request_decided_by_its_asker
-- zh: 延期、挂账申请由申请人自己同意
-- en: a request for time was granted by who asked for it
select t.case_id, t.asked_name
  from casework_timerequest t
 where t.state = 'granted' and t.decided_by = t.asked_by;
