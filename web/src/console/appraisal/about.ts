import type { Id } from '@/api'

/** What an appeal or an exclusion begins with when it is asked for from a figure or a case. */
export interface About {
  unit?: { id: Id; name: string }
  period?: string
  indicator?: string
  case_id?: Id
  number?: string
}
