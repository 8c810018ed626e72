import type { BoardRoom } from '@/api'

export type Lit = 'all' | 'stale' | 'vacant' | 'rented' | `tag:${string}`

/** Which rooms stay bright when the board is asked for some of them. */
export function litBy(choice: Lit): ((room: BoardRoom) => boolean) | undefined {
  if (choice === 'all') return undefined
  if (choice === 'stale') return (room) => room.stale
  if (choice === 'vacant') return (room) => room.vacant
  if (choice === 'rented') return (room) => room.use === 'rented'
  return (room) => room.tags.some((tag) => `tag:${tag.kind}` === choice)
}
