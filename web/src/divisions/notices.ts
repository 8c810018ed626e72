import type { DivisionNotice } from '@/api/divisions'
import type { Id } from '@/api/types'

export type ChangeNotice = DivisionNotice & { unread: Id[] }

/** Notices in the same words of the same plan as one: the first of them, with the ids of those not read yet. */
export function onceEach(notices: readonly DivisionNotice[]): ChangeNotice[] {
  const found = new Map<string, ChangeNotice>()
  for (const notice of notices) {
    const key = [notice.plan.id, notice.kind, notice.at, notice.text.zh].join(' ')
    const held = found.get(key) ?? { ...notice, unread: [] }
    if (!notice.read_at) held.unread.push(notice.id)
    found.set(key, { ...held, unit: held.unit ?? notice.unit })
  }
  return [...found.values()]
}
