import type { Category } from '@/api/types'

const STORED = 'wangge.field.frequent'
const SHOWN = 9
/** What patrols meet most, by the codes of GB/T 47678.5; a phone's own use soon replaces it. */
const FIRST = ['M-06010', 'M-06036', 'M-07001', 'M-09010', 'M-09012', 'M-09005', 'M-06013', 'M-06042', 'M-08004', 'M-06028', 'M-09009']

export interface Leaf {
  code: string
  name: string
  name_en: string
  path: string
}

export function leaves(tree: readonly Category[], above: string[] = []): Leaf[] {
  return tree.flatMap((node) =>
    node.leaf
      ? [{ code: node.code, name: node.name, name_en: node.name_en, path: above.join(' › ') }]
      : leaves(node.children, [...above, node.name]),
  )
}

function used(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '{}') as Record<string, number>
  } catch {
    return {}
  }
}

export function noteUse(code: string): void {
  const counts = used()
  counts[code] = (counts[code] ?? 0) + 1
  localStorage.setItem(STORED, JSON.stringify(counts))
}

/** The phone's own most used first, then what patrols usually meet. */
export function frequent(all: readonly Leaf[], counts: Record<string, number> = used()): Leaf[] {
  const known = new Map(all.map((leaf) => [leaf.code, leaf]))
  const own = Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([code]) => code)
  return [...new Set([...own, ...FIRST])].flatMap((code) => known.get(code) ?? []).slice(0, SHOWN)
}
