import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount, RouterLinkStub } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CaseRow } from '@/api'
import { setLanguage } from '@/i18n'
import CaseList from './CaseList.vue'

const row = (id: string, change: Partial<CaseRow> = {}): CaseRow => ({
  id, number: `20261121${id}`, version: 1, title: `事项 ${id}`, state: 'dispatched', state_name: '处置中', urgency: 'normal',
  category: { code: 'M-06002', name: '暴露垃圾' }, channel: 'patrol', address: '经二路12号',
  area: { id: 'a', name: '第一网格', path: '大观园街道 › 睦和苑社区' }, lead_unit: { id: 'u', name: '区城管局' },
  submitted_at: '2026-11-21T08:00:00+08:00', due_at: '2026-11-21T09:00:00+08:00', card: 'red', remaining_minutes: -60,
  send_backs: 0, reopens: 0, supervised: false, needs_human: '', todo: ['待处置'], ...change,
})

const list = (rows: CaseRow[], showTodo = false) =>
  mount(CaseList, {
    props: { rows, label: '案件', showTodo },
    global: { plugins: [VueQueryPlugin], stubs: { RouterLink: RouterLinkStub } },
    attachTo: document.body,
  })

beforeEach(() => {
  vi.stubGlobal('fetch', vi.fn(async () => new Response('[]', { headers: { 'Content-Type': 'application/json' } })))
  vi.useFakeTimers({ now: Date.parse('2026-11-21T10:00:00+08:00'), toFake: ['Date'] })
})
afterEach(() => (document.body.innerHTML = ''))

describe('the case list', () => {
  it('says state, card and lateness in words, not by colour alone', () => {
    const text = list([row('1')]).text()
    for (const words of ['处置中', '红牌', '已超期', '区城管局', '大观园街道']) expect(text).toContain(words)
  })

  it('shows why a row is mine to do, where that is asked', () => {
    expect(list([row('1')], true).text()).toContain('待处置')
    expect(list([row('1')]).text()).not.toContain('待处置')
    setLanguage('en')
    expect(list([row('1')], true).text()).toContain('Handle')
  })

  it('counts down no more for a closed case', () => {
    expect(list([row('1', { state: 'closed', card: '' })]).text()).not.toContain('已超期')
  })

  it('says so when place, category or owner are not known yet', () => {
    const text = list([row('1', { category: null, area: null, address: '', lead_unit: null })]).text()
    for (const words of ['类别未定', '地点未定', '未定']) expect(text).toContain(words)
  })

  it('is walked with the arrow keys', async () => {
    const wrapper = list([row('1'), row('2'), row('3')])
    const links = wrapper.findAll<HTMLElement>('a.title')
    links[0]?.element.focus()
    await wrapper.trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement).toBe(links[1]?.element)
    await wrapper.trigger('keydown', { key: 'End' })
    expect(document.activeElement).toBe(links[2]?.element)
    await wrapper.trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement).toBe(links[2]?.element)
  })
})
