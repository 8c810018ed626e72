import { computed } from 'vue'
import { createI18n } from 'vue-i18n'
import enCommon from './en/common'
import zhCommon from './zh/common'

export type Language = 'zh' | 'en'
export type Messages = { [key: string]: string | Messages }

const STORED = 'wangge.language'
const TAGS: Record<Language, string> = { zh: 'zh-CN', en: 'en' }

function firstLanguage(): Language {
  return localStorage.getItem(STORED) === 'en' ? 'en' : 'zh'
}

/** One instance per page; each page brings only the words it shows. Chinese is what a missing word falls back to. */
export const i18n = createI18n({
  legacy: false,
  locale: firstLanguage(),
  fallbackLocale: 'zh',
  messages: { zh: zhCommon as Messages, en: enCommon as Messages },
})

export const language = computed(() => i18n.global.locale.value as Language)

export function addMessages(zh: Messages, en: Messages): void {
  i18n.global.mergeLocaleMessage('zh', zh)
  i18n.global.mergeLocaleMessage('en', en)
}

/** Anything that is not English is Chinese. */
export function setLanguage(choice: string): void {
  const next: Language = choice === 'en' ? 'en' : 'zh'
  i18n.global.locale.value = next
  localStorage.setItem(STORED, next)
  document.documentElement.lang = TAGS[next]
}

export const t = i18n.global.t

/** Picks from a document that carries both languages, such as `label` and `label_en`. */
export function inLanguage(zh: string, en: string | undefined): string {
  return language.value === 'en' && en ? en : zh
}

document.documentElement.lang = TAGS[firstLanguage()]
