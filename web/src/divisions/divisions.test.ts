import { describe, expect, it } from 'vitest'
import type { Position } from '@/api/types'
import { bandOf, barOf, possibleGrids } from './bands'
import { type Border, brokenBy, neighboursOf, partsOf } from './borders'
import { coloursOf, GRID_COLOURS } from './colours'
import { FIGURES, figureWords, verdict } from './figures'
import { onceEach } from './notices'
import { boxRing, chosenAfter, crossesItself, inside, pickedBy, thinned } from './picking'
import { barrierStrokes, hull, surround } from './shapes'
import { afterMerge, afterMove, differences, evenly, labelsAfter } from './sums'

const RANGE = { low: 300, high: 500 }
const atom = (id: string, grid: number, households: number, building = id) => ({ id, grid, households, building_id: building })
const ATOMS = [atom('a', 0, 200), atom('b', 0, 150), atom('c', 1, 300), atom('d', 1, 90), atom('e', 2, 480)]
const GRIDS = [
  { label: 0, name: '甲', households: 350, buildings: 2 },
  { label: 1, name: '乙', households: 390, buildings: 2 },
  { label: 2, name: '丙', households: 480, buildings: 1 },
]
/* a–b–c–d–e in a row, a road between c and d */
const BORDERS: Border[] = [[0, 1, false], [1, 2, false], [2, 3, true], [3, 4, false]]
const LABELS = [0, 0, 1, 1, 2]

describe('the band', () => {
  it.each([[299, 'under'], [300, 'in'], [500, 'in'], [501, 'over'], [0, 'under']] as const)('%i households are %s', (households, band) => {
    expect(bandOf(households, 300, 500)).toBe(band)
  })
  it.each([[1200, [3, 4]], [550, null], [300, [1, 1]], [299, null], [0, null]] as const)('%i households allow %j grids', (households, grids) => {
    expect(possibleGrids(households, 300, 500)).toEqual(grids)
  })
  it('shows the band and the number on one bar, whatever the number', () => {
    expect(barOf(375, 300, 500)).toEqual({ from: 40, to: 66.7, at: 50 })
    expect(barOf(5000, 300, 500).at).toBe(100)
  })
})

describe('households after an edit', () => {
  it('tells what the grid that gains and those that lose would have', () => {
    const changes = afterMove(GRIDS, ATOMS, new Set(['b', 'd']), 2, RANGE, '新')
    expect(changes.map(({ name, before, after, band }) => [name, before, after, band])).toEqual([
      ['丙', 480, 720, 'over'], ['甲', 350, 200, 'under'], ['乙', 390, 300, 'in'],
    ])
    expect(changes.map(({ buildings }) => buildings)).toEqual([3, 1, 1])
  })
  it('leaves out what is there already', () => {
    expect(afterMove(GRIDS, ATOMS, new Set(['e']), 2, RANGE, '新')).toEqual([])
    expect(afterMove(GRIDS, ATOMS, new Set(['e', 'b']), 2, RANGE, '新').map(({ name }) => name)).toEqual(['丙', '甲'])
  })
  it('begins a new grid, and says that an emptied one goes', () => {
    const [gain, loss] = afterMove(GRIDS, ATOMS, new Set(['e']), null, RANGE, '新')
    expect(gain).toMatchObject({ label: null, name: '新', before: 0, after: 480, was: null, band: 'in' })
    expect(loss).toMatchObject({ name: '丙', after: 0, gone: true })
    expect(labelsAfter(ATOMS, new Set(['e']), null)).toEqual([0, 0, 1, 1, 3])
  })
  it('counts a building once, though two of its entrances move', () => {
    const atoms = [atom('a1', 0, 60, 'a'), atom('a2', 0, 60, 'a'), atom('b', 1, 300)]
    expect(afterMove(GRIDS, atoms, new Set(['a1', 'a2']), 1, RANGE, '新')[0]?.buildings).toBe(2)
  })
  it('adds up a merger under the first name', () => {
    expect(afterMerge(GRIDS, [1, 0], RANGE)).toMatchObject({ name: '乙', before: 390, after: 740, band: 'over', buildings: 4 })
    expect(afterMerge(GRIDS, [1], RANGE)).toBeNull()
  })
  it('shares a grid out evenly', () => {
    expect(evenly(905, 2, RANGE)).toEqual({ each: 453, band: 'in' })
    expect(evenly(905, 4, RANGE)).toEqual({ each: 226, band: 'under' })
  })
  it('tells after the answer what has changed', () => {
    const after = [{ ...GRIDS[0]!, households: 200 }, GRIDS[1]!, { label: 5, name: '丁', households: 150, buildings: 1 }]
    expect(differences(GRIDS, after, RANGE).map(({ name, before, after: now, was }) => [name, before, now, was])).toEqual([
      ['甲', 350, 200, 'in'], ['丁', 0, 150, null],
    ])
  })
})

describe('neighbours', () => {
  it('are grids whose buildings face one another, with the barrier between them', () => {
    expect(neighboursOf(1, LABELS, BORDERS)).toEqual([{ label: 0, pairs: 1, barrier: false }, { label: 2, pairs: 1, barrier: false }])
    expect(neighboursOf(0, [0, 0, 0, 1, 1], BORDERS)).toEqual([{ label: 1, pairs: 1, barrier: true }])
  })
  it('counts the parts of a grid', () => {
    expect(partsOf(0, [0, 1, 0, 1, 0], BORDERS)).toBe(3)
    expect(partsOf(0, LABELS, BORDERS)).toBe(1)
    expect(partsOf(9, LABELS, BORDERS)).toBe(0)
  })
  it.each([
    [[0, 2, 1, 1, 2], [2]],
    [[0, 0, 2, 1, 2], [2]],
    [[0, 0, 1, 2, 2], []],
    [[0, 3, 1, 1, 3], [3]],
  ])('%j breaks %j', (after, broken) => {
    expect(brokenBy(LABELS, after, BORDERS)).toEqual(broken)
  })
  it('does not speak of a grid that lay in parts before', () => {
    expect(brokenBy([0, 1, 0, 1, 1], [0, 1, 0, 1, 0], BORDERS)).toEqual([])
  })
})

describe('colours', () => {
  it('differ between neighbours and stay where they can', () => {
    const first = coloursOf(LABELS, BORDERS)
    expect(new Set([...first.values()]).size).toBe(3)
    const next = coloursOf([0, 0, 1, 3, 2], BORDERS, first)
    for (const label of [0, 1, 2]) expect(next.get(label)).toBe(first.get(label))
    expect([next.get(1), next.get(2)]).not.toContain(next.get(3))
  })
  it('are enough for a hundred grids in a ring of neighbours', () => {
    const labels = Array.from({ length: 100 }, (_, label) => label)
    const ring = labels.map((label): Border => [label, (label + 1) % 100, false])
    const found = coloursOf(labels, ring)
    expect(labels.every((label) => found.get(label) !== found.get((label + 1) % 100))).toBe(true)
    expect([...found.values()].every((colour) => GRID_COLOURS[colour])).toBe(true)
  })
})

describe('picking on the map', () => {
  const ring: Position[] = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]]
  it.each([[0.5, 0.5, true], [3.5, 2, true], [2, 3, false], [5, 1, false], [-1, 0, false]])('(%d, %d) inside: %s', (lon, lat, found) => {
    expect(inside(lon, lat, ring)).toBe(found)
  })
  it('takes what a lasso or a box goes round', () => {
    const places = [{ id: 'in', lon: 1, lat: 1 }, { id: 'out', lon: 9, lat: 9 }]
    expect(pickedBy(boxRing([0, 0], [2, 2]), places)).toEqual(['in'])
    expect(pickedBy([[0, 0], [2, 2]], places)).toEqual([])
  })
  it('replaces, adds, or takes away what was all chosen', () => {
    const chosen = new Set(['a', 'b'])
    expect([...chosenAfter(chosen, ['c'], 'replace')]).toEqual(['c'])
    expect([...chosenAfter(chosen, ['c'], 'add')]).toEqual(['a', 'b', 'c'])
    expect([...chosenAfter(chosen, ['b'], 'toggle')]).toEqual(['a'])
    expect([...chosenAfter(chosen, ['b', 'c'], 'toggle')]).toEqual(['a', 'b', 'c'])
    expect([...chosenAfter(chosen, [], 'toggle')]).toEqual(['a', 'b'])
  })
  it('thins a stroke and sees a bow tie', () => {
    expect(thinned([[0, 0], [1, 0], [3, 0], [3.5, 0], [6, 0]], 2)).toEqual([[0, 0], [3, 0], [6, 0]])
    expect(crossesItself([[0, 0], [2, 2], [2, 0], [0, 2]])).toBe(true)
    expect(crossesItself(ring)).toBe(false)
  })
})

describe('shapes', () => {
  it('draws the outline of points without those inside', () => {
    expect(hull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).length).toBe(4)
    expect(hull([[0, 0]])).toEqual([[0, 0]])
  })
  it('goes round a compound at a distance', () => {
    const ring = surround([{ lon: 117, lat: 36.6 }, { lon: 117.001, lat: 36.6 }], 20)
    expect(inside(117, 36.6, ring)).toBe(true)
    expect(inside(117.0005, 36.6001, ring)).toBe(true)
    expect(inside(117.0005, 36.6005, ring)).toBe(false)
  })
  it('strikes across between buildings on two sides of a road, and nowhere else', () => {
    const points = [{ lon: 0, lat: 0 }, { lon: 2, lat: 0 }, { lon: 4, lat: 0 }]
    const strokes = barrierStrokes(points, [[0, 1, true], [1, 2, false]])
    expect(strokes).toHaveLength(1)
    expect(strokes[0]?.map(([lon, lat]) => [Math.round(lon * 100) / 100, Math.round(lat * 100) / 100])).toEqual([[1, 0.72], [1, -0.72]])
  })
})

describe('figures side by side', () => {
  const figures = (more: object) => ({
    grids: 10, households: 4000, atoms: 60, buildings: 60, in_band: 9, in_band_share: 0.9, cv: 0.1, contiguous: 10, polsby_popper: 0.6, compounds: 20,
    compounds_split: 1, compounds_split_share: 0.05, straddling: 2, straddling_share: 0.2, buildings_spanning: 0, moved: 3, moved_share: 0.05, moved_households: 200, ...more,
  })
  const row = (key: string) => FIGURES.find((each) => each.key === key)!
  it.each([
    ['in_band_share', { in_band_share: 0.95 }, 'better'],
    ['cv', { cv: 0.2 }, 'worse'],
    ['straddling', { straddling: 2 }, 'same'],
    ['straddling', { straddling: 3, grids: 15 }, 'same'],
    ['compounds_split', { compounds_split: 0 }, 'better'],
    ['grids', { grids: 11 }, null],
  ] as const)('%s of %j is %s', (key, mine, found) => {
    expect(verdict(figures(mine), figures({}), row(key))).toBe(found)
  })
  it('writes shares, counts of a whole, and numbers', () => {
    expect(['in_band_share', 'contiguous', 'cv', 'moved'].map((key) => figureWords(figures({}), row(key)))).toEqual(['90.0%', '10 / 10', '0.100', '3'])
  })
})

describe('notices of changed grids', () => {
  const notice = (id: string, more: object = {}) => ({
    id, kind: 'planned', kind_name: '', plan: { id: 'p', name: '复核' }, valid_from: '2026-12-01', unit: null, text: { zh: '改编码', en: '' }, at: '2026-11-22T03:21:00+08:00', read_at: null, read_by: '', ...more,
  })
  it('tells the same words once, and reads all that say them', () => {
    const [one, other] = onceEach([notice('1'), notice('2', { unit: { id: 'u', name: '队伍' } }), notice('3', { kind: 'undone' })])
    expect(one).toMatchObject({ unread: ['1', '2'], unit: { name: '队伍' } })
    expect(other?.unread).toEqual(['3'])
  })
  it('is read when every one of them is', () => {
    expect(onceEach([notice('1', { read_at: 'x' }), notice('2')])[0]?.unread).toEqual(['2'])
    expect(onceEach([notice('1', { read_at: 'x' })])[0]?.unread).toEqual([])
  })
})
