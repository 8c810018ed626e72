import { QueryClient } from '@tanstack/vue-query'
import { onLive, onLiveAgain } from './live'
import { Problem } from './problem'

/** Cache keys: the first word says what a live event makes stale. */
export const keys = {
  session: ['session'] as const,
  case: (id: string) => ['case', id] as const,
  cases: (...rest: unknown[]) => ['cases', ...rest] as const,
  counts: ['counts'] as const,
  whistles: (...rest: unknown[]) => ['whistles', ...rest] as const,
  situation: ['situation'] as const,
  reference: (...rest: unknown[]) => ['reference', ...rest] as const,
}

/** What rarely changes in a working day: categories, roles, channels, areas. */
export const REFERENCE = { staleTime: 10 * 60_000, gcTime: 60 * 60_000 }

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // `http` has already repeated what may be repeated.
      retry: (failures, error) => error instanceof Problem && error.status >= 502 && failures < 1,
    },
    mutations: { retry: false },
  },
})

const LISTS_AT_MOST_EVERY = 1_500

/** Marks what an event touched as stale: the case at once, lists and counts at most every second or so. */
export function refreshOnLive(client: QueryClient = queryClient): () => void {
  let pending: ReturnType<typeof setTimeout> | undefined
  const lists = () => {
    pending = undefined
    for (const key of ['cases', 'counts', 'whistles', 'situation']) void client.invalidateQueries({ queryKey: [key] })
  }
  const stopEvents = onLive((event) => {
    if (event.case_id) void client.invalidateQueries({ queryKey: keys.case(event.case_id) })
    pending ??= setTimeout(lists, LISTS_AT_MOST_EVERY)
  })
  const stopGaps = onLiveAgain(() => void client.invalidateQueries())
  return () => {
    clearTimeout(pending)
    stopEvents()
    stopGaps()
  }
}
