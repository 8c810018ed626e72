import type { CaseFilters } from '@/api/types'

/** The filters a list address carries, in the order in which their chips are shown. */
export const FILTER_NAMES = [
  'q', 'state', 'category', 'area', 'unit', 'building', 'channel', 'urgency', 'card', 'overdue', 'from', 'to',
] as const
export type FilterName = (typeof FILTER_NAMES)[number]

type Query = Record<string, unknown>

/** Reads filters from a page address; what it does not know it leaves out. */
export function filtersFrom(query: Query): CaseFilters {
  const filters: Query = {}
  for (const name of [...FILTER_NAMES, 'sort'] as const) {
    const value = query[name]
    if (typeof value !== 'string' || !value) continue
    filters[name] = name === 'overdue' ? value === 'true' : value
  }
  return filters as CaseFilters
}

export function queryFrom(filters: CaseFilters): Record<string, string> {
  return Object.fromEntries(
    [...FILTER_NAMES, 'sort' as const]
      .filter((name) => filters[name])
      .map((name) => [name, String(filters[name])]),
  )
}

export function activeFilters(filters: CaseFilters): FilterName[] {
  return FILTER_NAMES.filter((name) => filters[name])
}
