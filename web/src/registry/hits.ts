import type { Hit } from '@/api'

const PAGES: Record<string, string> = {
  person: '/registry/persons/',
  household: '/registry/households/',
  building: '/registry/buildings/',
  dwelling: '/registry/dwellings/',
  estate: '/registry/estates/',
}

/** Where a hit leads; what has no page of its own is found in the list of its kind. */
export function hitLink(hit: Pick<Hit, 'type' | 'id'>): string {
  const page = PAGES[hit.type]
  return page ? page + hit.id : `/registry/places/${hit.type === 'premises' ? 'premises' : `${hit.type}s`}`
}

const ON_PHONE = new Set(['person', 'building', 'dwelling'])

/** The phone has fewer pages; the rest is shown without a link. */
export const fieldLink = (hit: Pick<Hit, 'type' | 'id'>): string => (ON_PHONE.has(hit.type) ? hitLink(hit) : '')
