import type { Session } from '@/api'
import { setLanguage } from '@/i18n'

export { can, canAny, loadSession, session, signedIn } from '@/api'

/** What the person chose once holds on every machine: language and text size. */
export function setPreferences(next: Session): void {
  if (!next.user) return
  setLanguage(next.user.language)
  setBigText(next.user.big_text)
}

export function setBigText(on: boolean): void {
  document.documentElement.toggleAttribute('data-big', on)
}
