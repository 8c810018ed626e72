import type { Responder, ResponderState, WhistleOut } from '@/api/types'

export interface BoardCard {
  key: string
  whistle: WhistleOut
  responder: Responder
  overdue: boolean
}

export const BOARD_COLUMNS: ResponderState[] = ['called', 'reported_in', 'done']

/** One card for each responder, the longest awaited first. */
export function boardOf(whistles: readonly WhistleOut[], now: number): Record<string, BoardCard[]> {
  const board: Record<string, BoardCard[]> = { called: [], reported_in: [], done: [] }
  for (const whistle of whistles) {
    for (const responder of whistle.responders) {
      const overdue = responder.state === 'called' && Date.parse(responder.due_at) < now
      board[responder.state]?.push({ key: responder.id, whistle, responder, overdue })
    }
  }
  for (const cards of Object.values(board)) {
    cards.sort((a, b) => Date.parse(a.responder.due_at) - Date.parse(b.responder.due_at))
  }
  return board
}
