import { t } from '@/i18n'
import type { Limit } from '@/api/types'

/** 处置 4 工作时 */
export function limitWords(limit: Limit): string {
  return `${Number(limit.value)} ${t(`limitUnit.${limit.unit}`)}`
}
