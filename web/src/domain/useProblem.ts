import { language, t } from '@/i18n'
import { Problem } from '@/api/problem'
import type { FieldError } from '@/api/types'
import { spanWords } from './time'

export interface Words {
  title: string
  detail: string
  /** One line for each field, row or vertex the server named. */
  lines: string[]
}

function own(error: Problem): string {
  if (error.offline) return t('problem.offline')
  const { detail, detail_en: english } = error.body
  const told = language.value === 'en' ? english || detail : detail
  if (told) return told
  if (error.status === 401) return t('problem.not_signed_in')
  if (error.status === 403) return t('problem.forbidden')
  if (error.status === 404) return t('problem.not_found')
  if (error.status === 413) return t('problem.too_large')
  if (error.status >= 502) return t('problem.unavailable')
  return t('problem.unexpected', { code: error.code })
}

export function fieldWords(error: FieldError): string {
  return language.value === 'en' ? error.en || error.zh : error.zh
}

/** The one place where an error becomes words. */
export function problemWords(error: unknown): Words {
  if (!(error instanceof Problem)) {
    const code = error instanceof Error ? error.message : String(error)
    return { title: t('problem.title'), detail: t('problem.unexpected', { code }), lines: [] }
  }
  const { title, title_en: english } = error.body
  const told = language.value === 'en' ? english || title : title
  const wait = error.retryAfter ? ` ${t('problem.retryAfter', { span: spanWords(error.retryAfter * 1000) })}` : ''
  return { title: told || t('problem.title'), detail: own(error) + wait, lines: error.errors.map(fieldWords) }
}

/** What the server says about each field of a form, by the field's name. */
export function errorsByField(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {}
  return Object.fromEntries(error.errors.map((each) => [each.at.split('.').pop() ?? each.at, fieldWords(each)]))
}

export function useProblem() {
  return { words: problemWords, byField: errorsByField }
}
