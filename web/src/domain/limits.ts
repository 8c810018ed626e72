import { t } from '@/i18n'
import type { Limit } from '@/api/types'

/** 处置 4 工作时 */
export function limitWords(limit: Limit): string {
  return `${Number(limit.value)} ${t(`limitUnit.${limit.unit}`)}`
}

/** The limits of an entry or of an owner's answer, which the API hands on as plain objects. */
export function limitsOf(document: { limits: Record<string, unknown>[] }): Limit[] {
  return document.limits as unknown as Limit[]
}
