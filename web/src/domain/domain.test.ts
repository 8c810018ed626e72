import { describe, expect, it } from 'vitest'
import type { Action, ActionField, CalendarDay, CaseState, WhistleOut } from '@/api/types'
import { Problem } from '@/api/problem'
import { setLanguage } from '@/i18n'
import { arrangeActions, missingFields, sentValues, startValues } from './actions'
import { monthWeeks } from './calendar'
import { caseFrom, draftProblems, emptyDraft, worthComparing } from './draft'
import { activeFilters, filtersFrom, queryFrom } from './filters'
import { importProgress, mappingProblems } from './imports'
import { entryDetails, entryTone } from './log'
import { clockProgress, dueTone, isOpen, stageIndex } from './states'
import { errorsByField, problemWords } from './useProblem'
import { boardOf } from './whistles'

const action = (step: string, danger = false, fields: ActionField[] = [], needs_reason = false): Action => ({
  step, label: step, label_en: step, permission: `casework:case:${step}`, needs_reason, danger, fields,
})
const field = (name: string, type: ActionField['type'], required = false): ActionField => ({
  name, type, label: name, label_en: name, required,
})

describe('arrangeActions', () => {
  it('puts the step that moves the case on first', () => {
    const { primary } = arrangeActions(['comment', 'send_back', 'handle', 'acknowledge'].map((step) => action(step)))
    expect(primary?.step).toBe('acknowledge')
  })

  it('never shows what destroys something in front', () => {
    const { primary, beside, more } = arrangeActions([action('cancel', true), action('merge', true), action('verify'), action('reject')])
    expect(primary?.step).toBe('verify')
    expect(beside.map((each) => each.step)).toEqual(['reject'])
    expect(more.map((each) => each.step)).toEqual(['cancel', 'merge'])
  })

  it('loses none of them', () => {
    const steps = ['accept', 'register', 'remind', 'supervise', 'escalate', 'comment', 'cancel', 'whistle', 'reassign', 'extend']
    const { primary, beside, more } = arrangeActions(steps.map((step) => action(step)))
    expect([primary, ...beside, ...more].map((each) => each?.step).sort()).toEqual([...steps].sort())
    expect(beside.length).toBeLessThanOrEqual(3)
  })

  it('has no primary button when only side steps are open', () => {
    expect(arrangeActions([action('comment'), action('remind')]).primary).toBeNull()
    expect(arrangeActions([]).primary).toBeNull()
  })
})

describe('a step’s form', () => {
  const fields = [field('category', 'category', true), field('unit_ids', 'units', true), field('note', 'text')]

  it('starts with what the case already says, and the server’s default before that', () => {
    const about = { category: { code: 'M-06002', name: '暴露垃圾' } }
    expect(startValues(fields, about)).toEqual({ category: 'M-06002', unit_ids: [], note: null })
    expect(startValues([{ ...field('category', 'category'), default: 'C-1' }], about)).toEqual({ category: 'C-1' })
  })

  it('names the required fields that are empty, the reason among them', () => {
    const asked = action('dispatch', false, fields, true)
    expect(missingFields(asked, { category: 'x', unit_ids: [], note: null, reason: '  ' })).toEqual(['unit_ids', 'reason'])
    expect(missingFields(asked, { category: 'x', unit_ids: ['u'], reason: '因为' })).toEqual([])
  })

  it('sends what was filled in, and a plain no', () => {
    expect(sentValues({ a: ' x ', b: '', c: null, d: [], e: false, f: 0, g: ['u'] })).toEqual({ a: 'x', e: false, f: 0, g: ['u'] })
  })
})

describe('filters in the address', () => {
  it('come back as they went', () => {
    const filters = { state: 'dispatched,handled', overdue: true, q: '井盖', sort: 'due_at' as const }
    expect(filtersFrom(queryFrom(filters))).toEqual(filters)
    expect(activeFilters(filters)).toEqual(['q', 'state', 'overdue'])
  })

  it('leave out what is unknown or empty', () => {
    expect(filtersFrom({ state: '', hacked: 'yes', q: ['a', 'b'], channel: 'patrol' })).toEqual({ channel: 'patrol' })
  })
})

describe('a draft', () => {
  it('needs a title and one kind of place', () => {
    expect(draftProblems(emptyDraft())).toEqual(['title', 'place'])
    expect(draftProblems({ ...emptyDraft(), title: '井盖松动', address: '经二路12号' })).toEqual([])
    expect(draftProblems({ ...emptyDraft(), title: '井盖松动', point: { lon: 117, lat: 36.6 } })).toEqual([])
  })

  it('needs to say what was done when settled on the spot', () => {
    const draft = { ...emptyDraft(), title: '井盖松动', area: 'a', onTheSpot: true }
    expect(draftProblems(draft)).toEqual(['result'])
    expect(caseFrom({ ...draft, result: ' 已复位 ' })).toMatchObject({ on_the_spot: true, result: '已复位' })
  })

  it('sends nothing that was left open', () => {
    expect(JSON.parse(JSON.stringify(caseFrom({ ...emptyDraft(), title: ' 井盖 ', address: '路' })))).toEqual({
      title: '井盖', address: '路',
    })
  })

  it('declares the system of a clicked point', () => {
    expect(caseFrom({ ...emptyDraft(), title: '井盖', point: { lon: 117, lat: 36 } })).toMatchObject({ lon: 117, lat: 36, crs: 'WGS84' })
  })

  it('is compared with others once it has a point', () => {
    expect(worthComparing({ ...emptyDraft(), title: '井盖松动' })).toBe(false)
    expect(worthComparing({ ...emptyDraft(), point: { lon: 117, lat: 36.6 } })).toBe(true)
  })
})

describe('states', () => {
  it.each<[CaseState, number]>([
    ['submitted', 0], ['accepted', 0], ['registered', 1], ['reopened', 1], ['dispatched', 2], ['carried_over', 2],
    ['handled', 3], ['verified', 4], ['closed', 5], ['cancelled', -1], ['merged', -1],
  ])('%s stands at stage %i', (state, stage) => {
    expect(stageIndex(state)).toBe(stage)
  })

  it('tells open from ended', () => {
    expect(isOpen('reopened')).toBe(true)
    expect(isOpen('merged')).toBe(false)
  })

  it('believes the card, and the clock when no card was given yet', () => {
    const now = Date.parse('2026-11-21T10:00:00Z')
    expect(dueTone(null, '', now)).toBe('neutral')
    expect(dueTone('2026-11-22T10:00:00Z', '', now)).toBe('neutral')
    expect(dueTone('2026-11-22T10:00:00Z', 'yellow', now)).toBe('warning')
    expect(dueTone('2026-11-21T09:59:00Z', '', now)).toBe('danger')
    expect(dueTone('2026-11-22T10:00:00Z', 'red', now)).toBe('danger')
  })

  it('keeps a clock’s progress between nothing and everything', () => {
    const clock = { started_at: '2026-11-21T08:00:00Z', due_at: '2026-11-21T12:00:00Z' }
    expect(clockProgress(clock, Date.parse('2026-11-21T09:00:00Z'))).toBe(0.25)
    expect(clockProgress(clock, Date.parse('2026-11-20T00:00:00Z'))).toBe(0)
    expect(clockProgress(clock, Date.parse('2026-11-23T00:00:00Z'))).toBe(1)
    expect(clockProgress({ started_at: clock.due_at, due_at: clock.due_at }, 0)).toBe(1)
  })

  it('colours the log by what was done', () => {
    expect(entryTone({ action: 'casework:case:send_back' })).toBe('danger')
    expect(entryTone({ action: 'casework:case:unheard_of' })).toBe('info')
  })

  it('says of a log entry what its first line does not', () => {
    const entry = { unit: '城管局', actor_name: '王强', action_name: '派单', text: '城管局 王强 派单：主办 交通局' }
    expect(entryDetails(entry)).toBe('主办 交通局')
    expect(entryDetails({ ...entry, text: '城管局 王强 派单' })).toBe('')
    expect(entryDetails({ ...entry, unit: null, text: '别的话' })).toBe('别的话')
  })
})

describe('an import', () => {
  const options = { history: false, crs: '', timezone: 'Asia/Shanghai' }

  it('needs a text column, and a declared system for coordinates', () => {
    expect(mappingProblems({}, options)).toEqual(['text'])
    expect(mappingProblems({ title: 't', lon: 'x', lat: 'y' }, options)).toEqual(['crs'])
    expect(mappingProblems({ title: 't', lon: 'x' }, { ...options, crs: 'WGS84' })).toEqual(['pair'])
    expect(mappingProblems({ title: 't' }, { ...options, history: true })).toEqual(['time'])
    expect(mappingProblems({ description: 'd' }, options)).toEqual([])
  })

  it('is as far as its rows are accounted for', () => {
    expect(importProgress({ total: 0, created: 0, duplicate: 0, failed: 0 })).toBe(0)
    expect(importProgress({ total: 10, created: 3, duplicate: 1, failed: 1 })).toBe(0.5)
  })
})

describe('the whistle board', () => {
  const responder = (id: string, state: WhistleOut['responders'][number]['state'], due_at: string) => ({
    id, unit: { id, name: id }, state, state_name: '', due_at, reported_in_at: null, late: false, contribution: '',
    grade: null, grade_comment: '',
  })
  const whistle: WhistleOut = {
    id: 'w', case: { id: 'c', number: '1', title: '' }, kind: 'joint', kind_name: '', caller_unit: { id: 'u', name: '' },
    message: '', place: '', called_at: '', ended_at: null, outcome: '', actions: [],
    responders: [
      responder('late', 'called', '2026-11-21T09:00:00Z'),
      responder('in', 'reported_in', '2026-11-21T09:00:00Z'),
      responder('early', 'called', '2026-11-21T08:00:00Z'),
      responder('over', 'ended', '2026-11-21T08:00:00Z'),
    ],
  }

  it('has one card for each responder still at work, the longest awaited first', () => {
    const board = boardOf([whistle], Date.parse('2026-11-21T08:30:00Z'))
    expect(board.called?.map((card) => [card.responder.id, card.overdue])).toEqual([['early', true], ['late', false]])
    expect(board.reported_in?.map((card) => card.responder.id)).toEqual(['in'])
    expect(board.done).toEqual([])
  })
})

describe('a calendar month', () => {
  const exceptions = new Map<string, CalendarDay>([
    ['2026-10-01', { date: '2026-10-01', working: false, name: '国庆节', entered: false }],
    ['2026-10-10', { date: '2026-10-10', working: true, name: '国庆节补班', entered: false }],
  ])

  it('starts its weeks on Monday and keeps every day', () => {
    const weeks = monthWeeks(2026, 10, exceptions)
    expect(weeks[0]?.map((cell) => cell?.day ?? 0)).toEqual([0, 0, 0, 1, 2, 3, 4])
    expect(weeks.flat().filter(Boolean)).toHaveLength(31)
    expect(monthWeeks(2024, 2, new Map()).flat().filter(Boolean)).toHaveLength(29)
  })

  it('knows days off, make-up days and weekends', () => {
    const days = new Map(monthWeeks(2026, 10, exceptions).flat().map((cell) => [cell?.day, cell?.working]))
    expect([days.get(1), days.get(10), days.get(11), days.get(12)]).toEqual([false, true, false, true])
  })
})

describe('problems in words', () => {
  const refused = new Problem(422, 'invalid', {
    title: '填写有误', title_en: 'Some fields are wrong', detail: '标题太短', detail_en: 'The title is too short',
    errors: [{ at: 'body.title', zh: '至少两个字', en: 'at least two characters' }],
  })

  it('are the server’s own, in the reader’s language', () => {
    expect(problemWords(refused)).toEqual({ title: '填写有误', detail: '标题太短', lines: ['至少两个字'] })
    setLanguage('en')
    expect(problemWords(refused).lines).toEqual(['at least two characters'])
  })

  it('stand beside the field they are about', () => {
    expect(errorsByField(refused)).toEqual({ title: '至少两个字' })
    expect(errorsByField(new Error('x'))).toEqual({})
  })

  it('say how long to wait', () => {
    expect(problemWords(new Problem(429, 'too_many', {}, 90)).detail).toContain('请在 1 分后再试')
  })

  it('promise that nothing is lost when no answer came', () => {
    expect(problemWords(new Problem(0, 'offline')).detail).toContain('没有丢失')
  })
})
