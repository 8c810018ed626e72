import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { isoDay } from '@/domain/time'
import { periodOf } from './periods'

/** What a page is asked for stands in its address, so that it can be sent on and gone back to. */
export function useAsked() {
  const route = useRoute()
  const router = useRouter()
  const asked = (name: string, usual: string) =>
    computed<string>({
      get: () => (typeof route.query[name] === 'string' ? route.query[name] : usual),
      set: (next) => void router.replace({ query: { ...route.query, [name]: next === usual || !next ? undefined : next } }),
    })
  /** Several at once, as two writes of the address in a row would lose the first. */
  const ask = (values: Record<string, string | undefined>) => router.replace({ query: { ...route.query, ...values } })
  return { asked, ask, period: asked('period', periodOf('month', isoDay(new Date()))) }
}
