import { computed, readonly, shallowRef } from 'vue'
import { sessionApi } from './endpoints'
import type { Id, Session } from './types'

const current = shallowRef<Session | null>(null)

/** The signed-in person, post and permissions; null until `loadSession` has answered. */
export const session = readonly(current)
export const signedIn = computed(() => Boolean(current.value?.user))
const granted = computed(() => new Set(current.value?.permissions ?? []))

/** Whether the person may do any of these. No names: any signed-in person. */
export function can(...permissions: string[]): boolean {
  return signedIn.value && (permissions.length === 0 || permissions.some((name) => granted.value.has(name)))
}

/** Whether the person holds any permission of an area (`audit:`) or of an area's thing (`casework:case:`). */
export function canAny(prefix: string): boolean {
  return signedIn.value && [...granted.value].some((name) => name.startsWith(prefix))
}

function keep(next: Session): Session {
  current.value = next
  return next
}

export const loadSession = async () => keep(await sessionApi.read())
export const signIn = async (username: string, password: string) => keep(await sessionApi.signIn(username, password))
export const switchPost = async (choice: { post_id: Id } | { stand_in_id: Id }) => keep(await sessionApi.switchTo(choice))
export const prefer = async (choice: { big_text?: boolean; language?: 'zh' | 'en' }) =>
  keep(await sessionApi.prefer(choice))

export async function signOut(): Promise<void> {
  await sessionApi.signOut()
  await loadSession()
}
