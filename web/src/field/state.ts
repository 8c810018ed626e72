import { computed, readonly, ref, shallowRef } from 'vue'
import { casesApi, loadSession, queryClient, session, sessionApi } from '@/api'
import type { Session } from '@/api/types'
import { problemWords } from '@/domain/useProblem'
import { setLanguage } from '@/i18n'
import { hideAll } from '@/registry/look'
import { Outbox, OutboxDatabase, type Sending } from './outbox'

const REMEMBERED = 'wangge.field.session'
const EVERY_MS = 20_000

/** The last session, so that the page opens and writes without network. Cleared at sign-out. */
const remembered = shallowRef<Session | null>(JSON.parse(localStorage.getItem(REMEMBERED) ?? 'null') as Session | null)
export const person = computed<Session | null>(() => (session.value?.user ? (session.value as Session) : remembered.value))
export const owner = computed(() => person.value?.user?.id ?? '')

const connected = ref(navigator.onLine)
export const online = readonly(connected)
addEventListener('online', () => {
  connected.value = true
  void send()
})
addEventListener('offline', () => (connected.value = false))

export const outbox = new Outbox(new OutboxDatabase(), {
  photo: (file, phase, name) => casesApi.attach(file, phase, name),
  report: (body, key) => casesApi.create(body as never, key),
  step: async (caseId, step, body) => casesApi.step(caseId, step, body as { version: number }),
  words: (error) => problemWords(error).detail,
})

const items = shallowRef<Sending[]>([])
export const sendings = readonly(items)
export const waiting = computed(() => items.value.filter((one) => one.state === 'waiting').length)
export const refused = computed(() => items.value.filter((one) => one.state === 'refused').length)

export async function refreshOutbox(): Promise<void> {
  items.value = owner.value ? await outbox.list(owner.value) : []
}

export async function send(): Promise<void> {
  if (!owner.value) return
  await outbox.drain(owner.value)
  await refreshOutbox()
}

/** Reads the session; without network the remembered one opens the page. Whether anybody is signed in. */
export async function start(): Promise<boolean> {
  try {
    const next = await loadSession()
    if (!next.user) {
      remember(null)
      return false
    }
    remember(next)
    setLanguage(next.user.language)
    document.documentElement.toggleAttribute('data-big', next.user.big_text)
  } catch {
    if (!remembered.value) return false
  }
  await refreshOutbox()
  void send()
  return true
}

export function remember(next: Session | null): void {
  remembered.value = next
  if (next) localStorage.setItem(REMEMBERED, JSON.stringify(next))
  else localStorage.removeItem(REMEMBERED)
}

/** Whatever was loaded or shown of anybody goes; what waits in the outbox stays for the same account. */
export async function signOut(): Promise<void> {
  hideAll()
  queryClient.clear()
  await sessionApi.signOut().catch(() => undefined)
  remember(null)
  await loadSession().catch(() => undefined)
  items.value = []
}

setInterval(() => waiting.value > 0 && void send(), EVERY_MS)
