import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, effectScope, h } from 'vue'
import type { BoardOut, BoardRoom } from '@/api'
import BoardTable from './BoardTable.vue'
import { layOut, nextRoom, placeOnFloor, roomLabels } from './board'
import { fieldLink, hitLink } from './hits'
import { litBy } from './lit'
import { hideAll, purposeEnough, useShownFor } from './look'
import { personBody } from './person'
import { chosenColumns, doubleColumns, missingColumns, sheetProgress } from './sheets'
import { cellWords } from './suppressed'

const room = (label: string, extra: Partial<BoardRoom> = {}): BoardRoom => ({
  id: label, label, floor: null, use: 'home', use_name: '自住', households: 1, persons: 2, tags: [], stale: false, vacant: false, ...extra,
})
const entrance = (name: string, floors: Record<string, string[]>): BoardOut['entrances'][number] => ({
  id: name,
  name,
  floors: Object.entries(floors).map(([floor, labels]) => ({
    floor: floor === 'none' ? null : Number(floor), label: floor, dwellings: labels.map((label) => room(label, { id: `${name}/${label}` })),
  })),
})

describe('the building board', () => {
  const global = { plugins: [VueQueryPlugin] }
  it('reads the place on a floor from the label only when the label says its floor', () => {
    expect(placeOnFloor('1503', 15)).toBe(3)
    expect(placeOnFloor('A座1502', 15)).toBe(2)
    expect(placeOnFloor('301', 4)).toBeNull()
    expect(placeOnFloor('地下-1', -1)).toBeNull()
    expect(placeOnFloor('12', 1)).toBeNull()
  })

  it('puts floors from the top to the basement, what names none at the end, and keeps places above each other', () => {
    const board = layOut([
      entrance('1单元', { '-1': [], '1': ['101', '102'], '2': ['202'], none: [] }),
      entrance('2单元', { '3': ['301'], '1': ['101'] }),
    ])
    expect(board.floors.map((floor) => floor.floor)).toEqual([3, 2, 1, -1, null])
    expect(board.entrances.map((each) => each.width)).toEqual([2, 1])
    expect(board.floors[1]?.rooms[0]?.map((each) => each?.label ?? '')).toEqual(['', '202'])
    expect(board.floors[0]?.rooms[0]).toEqual([null, null])
  })

  it('falls back to the order given when labels are no numbers', () => {
    const board = layOut([entrance('', { '1': ['一层门头', '传达室'], '-1': ['地下-1'] })])
    expect(board.floors.map((floor) => floor.rooms[0]?.map((each) => each?.label ?? ''))).toEqual([['一层门头', '传达室'], ['地下-1', '']])
  })

  it('walks with the arrow keys over gaps and stays at the edges', () => {
    const board = layOut([entrance('1', { '2': ['201', '203'], '1': ['101', '102', '103'] })])
    expect(nextRoom(board, '1/201', 'ArrowRight')).toBe('1/203')
    expect(nextRoom(board, '1/102', 'ArrowUp')).toBe('1/102')
    expect(nextRoom(board, '1/203', 'ArrowDown')).toBe('1/103')
    expect(nextRoom(board, '1/103', 'Home')).toBe('1/101')
    expect(nextRoom(board, '1/101', 'End')).toBe('1/103')
    expect(nextRoom(board, 'nobody', 'End')).toBe('nobody')
  })

  it('shows 33 floors of 8 rooms at 4 entrances with one stop for the Tab key', async () => {
    const floors = Object.fromEntries(
      Array.from({ length: 33 }, (_, at) => [String(at + 1), Array.from({ length: 8 }, (_each, place) => `${at + 1}0${place + 1}`)]),
    )
    const entrances = ['1单元', '2单元', '3单元', '4单元'].map((name) => entrance(name, floors))
    const board = mount(BoardTable, { props: { entrances, label: '楼盘表' }, global })
    expect(board.findAll('button.room')).toHaveLength(33 * 8 * 4)
    expect(board.findAll('[tabindex="0"]')).toHaveLength(1)
    expect(board.findAll('tbody tr')).toHaveLength(33)
    await board.find('[data-room="2单元/1503"]').trigger('click')
    expect(board.emitted('open')?.[0]).toMatchObject([{ id: '2单元/1503' }])
  })

  it('says occupancy, groups and staleness in words', () => {
    const entrances = [{
      id: '1', name: '1单元',
      floors: [{
        floor: 1, label: '1层',
        dwellings: [
          room('101', { stale: true, tags: [{ kind: 'a', name: '独居老人' }, { kind: 'b', name: '退役军人' }, { kind: 'c', name: '残疾人' }] }),
          room('102', { vacant: true, persons: 0 }),
        ],
      }],
    }]
    const [first, second] = mount(BoardTable, { props: { entrances, label: '' }, global }).findAll('button.room')
    for (const words of ['1单元', '101', '待核', '2 人', '独居老人', '退役军人', '+1', '残疾人']) expect(first?.text()).toContain(words)
    expect(second?.text()).toMatch(/1单元.*102.*空置/)
  })

  it('highlights what was asked for', () => {
    const tagged = room('101', { tags: [{ kind: 'elder', name: '独居' }] })
    expect(litBy('all')).toBeUndefined()
    expect([litBy('tag:elder')?.(tagged), litBy('tag:other')?.(tagged), litBy('stale')?.(tagged)]).toEqual([true, false, false])
  })

  it('understands spans of room numbers of one floor', () => {
    expect(roomLabels('101-103, 201、地下-1\n一层门头 101')).toEqual(['101', '102', '103', '201', '地下-1', '一层门头'])
    expect(roomLabels('104-101,101-203')).toEqual(['104-101', '101-203'])
  })
})

describe('a look at the full record', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    hideAll()
    vi.useRealTimers()
  })

  it('counts down and hides by itself', () => {
    const scope = effectScope()
    const look = scope.run(() => useShownFor<{ name: string }>(60))
    look?.show({ name: '王小明' })
    expect([look?.values.value, look?.left.value]).toEqual([{ name: '王小明' }, 60])
    vi.advanceTimersByTime(30_000)
    expect(look?.left.value).toBe(30)
    vi.advanceTimersByTime(30_000)
    expect([look?.values.value, look?.left.value, look?.shown.value]).toEqual([null, 0, false])
    scope.stop()
  })

  it('goes by the clock when the page slept', () => {
    const scope = effectScope()
    const look = scope.run(() => useShownFor<{ name: string }>(60))
    look?.show({ name: '王小明' })
    vi.setSystemTime(Date.now() + 90_000)
    vi.advanceTimersByTime(250)
    expect(look?.values.value).toBeNull()
    scope.stop()
  })

  it('is gone when the page is left, at sign-out, and from every other place', () => {
    const Holder = defineComponent({
      setup() {
        const look = useShownFor<{ name: string }>()
        look.show({ name: '王小明' })
        return { look }
      },
      render() {
        return h('p', this.look.values.value?.name ?? '')
      },
    })
    const page = mount(Holder)
    const { look } = page.vm
    page.unmount()
    expect(look.values.value).toBeNull()
    const other = mount(Holder)
    hideAll()
    expect(other.vm.look.values.value).toBeNull()
    expect(JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])).not.toContain('王小明')
  })

  it('needs a purpose that says something', () => {
    expect(['', '  看看 ', '入户走访'].map(purposeEnough)).toEqual([false, false, true])
  })
})

describe('sheets', () => {
  const fields = [{ field: 'name', name: '姓名', required: true }, { field: 'phone', name: '电话', required: false }]

  it('says which required fields have no column and which column is used twice', () => {
    expect(missingColumns(fields, { phone: 'B' })).toEqual(['姓名'])
    expect(missingColumns(fields, { name: 'A' })).toEqual([])
    expect(doubleColumns({ name: 'A', phone: 'A', note: '' })).toEqual(['A'])
    expect(chosenColumns({ name: 'A', phone: '' })).toEqual({ name: 'A' })
  })

  it('knows how far a run is', () => {
    expect(sheetProgress({ total: 200, next_row: 50, state: 'running' })).toBe(0.25)
    expect(sheetProgress({ total: 0, next_row: 0, state: 'running' })).toBe(0)
    expect(sheetProgress({ total: 200, next_row: 0, state: 'conflicts' })).toBe(1)
  })
})

describe('small things', () => {
  it('shows numbers left out as a dash', () => {
    expect([cellWords(null), cellWords(0), cellWords(12345)]).toEqual(['—', '0', '12,345'])
  })

  it('sends phones as a list and nothing that was left empty', () => {
    expect(personBody({ name: '王', phone: '13800000000、0531-1', id_number: '', birth: null })).toEqual({ name: '王', phones: ['13800000000', '0531-1'] })
    expect(personBody({ phone: '' })).toEqual({})
  })

  it('leads from a hit to its page', () => {
    expect(hitLink({ type: 'person', id: '1' })).toBe('/registry/persons/1')
    expect(hitLink({ type: 'device', id: '1' })).toBe('/registry/places/devices')
    expect(fieldLink({ type: 'estate', id: '1' })).toBe('')
  })
})
