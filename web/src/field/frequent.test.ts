import { expect, it } from 'vitest'
import type { Category } from '@/api/types'
import { frequent, leaves, type Leaf } from './frequent'

const leaf = (code: string): Leaf => ({ code, name: code, name_en: '', path: '' })

it('puts what this phone reports most in front of what patrols usually meet', () => {
  const all = ['M-06010', 'M-06036', 'X-1', 'X-2'].map(leaf)
  expect(frequent(all, { 'X-2': 5, 'X-1': 9 }).map((one) => one.code)).toEqual(['X-1', 'X-2', 'M-06010', 'M-06036'])
})

it('forgets categories that no longer exist', () => {
  expect(frequent([leaf('M-06010')], { gone: 99 }).map((one) => one.code)).toEqual(['M-06010'])
})

it('flattens the tree with the path above each leaf', () => {
  const node = (code: string, children: Category[] = []): Category =>
    ({
      id: code, code, kind: 'matter', name: code, name_en: code, leaf: children.length === 0, children,
      evidence_required: false, on_the_spot: false, urgency: 'normal', confirmed: true,
    })
  expect(leaves([node('A', [node('B', [node('C')])])])).toEqual([{ code: 'C', name: 'C', name_en: 'C', path: 'A › B' }])
})
