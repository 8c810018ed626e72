import type { PlanCommunity, PlanGrid } from '@/api/divisions'
import type { Tool } from './pointing'

/** What asks for more before it is done: each opens the dialog, which says what the households would be. */
export type ActName = 'move' | 'redraw' | 'split' | 'merge' | 'rerun' | 'add' | 'remove' | 'rename'

export interface Situation {
  community: PlanCommunity | null
  editable: boolean
  chosen: number
  labels: readonly number[]
  grid: PlanGrid | null
  ringClosed: boolean
}

export type Need = 'community' | 'draft' | 'buildings' | 'grid' | 'grids' | 'ring' | 'unlocked' | 'edits' | 'two'

/** What is missing before something can be done; null when nothing is. */
export function missing(act: ActName | 'lock' | 'undo', { community, editable, chosen, labels, grid, ringClosed }: Situation): Need | null {
  if (!community) return 'community'
  if (!editable) return 'draft'
  switch (act) {
    case 'move':
      return chosen ? null : 'buildings'
    case 'redraw':
      return ringClosed ? null : 'ring'
    case 'merge':
      return labels.length > 1 ? null : 'grids'
    case 'remove':
      return grid?.locked ? 'unlocked' : community.grids.length > 1 ? null : 'two'
    case 'split':
      return !grid ? 'grid' : grid.locked ? 'unlocked' : null
    case 'rename':
      return grid ? null : 'grid'
    case 'lock':
      return labels.length ? null : 'grid'
    case 'undo':
      return community.can_undo ? null : 'edits'
    default:
      return null
  }
}

export const ACT_KEYS: Record<ActName | 'lock' | 'undo', string> = {
  move: 'M', redraw: 'P', split: 'S', merge: 'G', rerun: 'R', add: 'A', remove: 'X', rename: 'N', lock: 'K', undo: 'Z',
}
export const TOOL_KEYS: Record<Tool, string> = { select: 'V', lasso: 'L', draw: 'D' }

/** The letter pressed, unless it goes into a field or belongs to the browser. */
export function letterOf(event: KeyboardEvent): string | null {
  const place = event.target as HTMLElement | null
  if (event.altKey || event.ctrlKey || event.metaKey) return null
  if (place?.closest('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable], [role="dialog"], .el-select')) return null
  return event.key.length === 1 ? event.key.toUpperCase() : event.key
}
