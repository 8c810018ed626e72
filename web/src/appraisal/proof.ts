import { i18n, t } from '@/i18n'

/** What a log entry is called, by the last word of its action. */
export function proofWords(action: string): string {
  const last = action.split(':').pop() ?? ''
  const keys = [`appraisal.steps.action.${last}`, `step.${last}`]
  const key = keys.find((each) => i18n.global.te(each))
  return key ? t(key) : action
}
