import type { LogEntry } from '@/api/types'
import { i18n, language, t } from '@/i18n'
import type { Tone } from './states'

const TONES: Record<string, Tone> = {
  close: 'good', verify: 'good', handle: 'good', handle_on_the_spot: 'good', rate: 'good',
  send_back: 'danger', reject: 'danger', reopen: 'danger', missed: 'danger',
  supervise: 'warning', remind: 'warning', warned: 'warning', whistle: 'warning', escalate: 'warning',
  comment: 'neutral', cancel: 'neutral', merge: 'neutral', link: 'neutral', look: 'neutral',
}

/** The name of an action: the server's own, or ours in English. */
export function actionWords(entry: Pick<LogEntry, 'action' | 'action_name'>): string {
  const key = `step.${entry.action.split(':').pop() ?? ''}`
  return language.value === 'en' && i18n.global.te(key) ? t(key) : entry.action_name
}

/** What a log sentence says beyond who did what, which the timeline's own line shows already. */
export function entryDetails(entry: Pick<LogEntry, 'text' | 'unit' | 'actor_name' | 'action_name'>): string {
  const head = [entry.unit, entry.actor_name, entry.action_name].filter(Boolean).join(' ')
  return entry.text.startsWith(head) ? entry.text.slice(head.length).replace(/^[：:]\s*/, '') : entry.text
}

/** The colour of a dot in the timeline, from the last word of the action (`casework:case:send_back`). */
export function entryTone(entry: Pick<LogEntry, 'action'>): Tone {
  return TONES[entry.action.split(':').pop() ?? ''] ?? 'info'
}

/** What the server says in Chinese alone: our words know the same in English. */
function known(group: 'todo' | 'actors', said: string): string {
  const words = (i18n.global.getLocaleMessage('zh') as Record<string, Record<string, string> | undefined>)[group] ?? {}
  const key = Object.keys(words).find((each) => words[each] === said)
  return key ? t(`${group}.${key}`) : said
}

/** Why a case waits for me. */
export const todoWords = (said: string): string => known('todo', said)

/** Who did it; the platform acts under names of its own. */
export const actorWords = (name: string): string => known('actors', name)
