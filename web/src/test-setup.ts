import { config } from '@vue/test-utils'
import { beforeEach } from 'vitest'
import { addMessages, i18n, setLanguage } from '@/i18n'

/* Every page's words are at hand in tests, so that a component can be tested without its page. */
const words = (modules: Record<string, { default: object }>) =>
  Object.values(modules).map((module) => module.default as Parameters<typeof addMessages>[0])
const zh = words(import.meta.glob('./i18n/zh/*.ts', { eager: true }))
const en = words(import.meta.glob('./i18n/en/*.ts', { eager: true }))
zh.forEach((messages, index) => addMessages(messages, en[index] ?? {}))

config.global.plugins = [i18n]
beforeEach(() => setLanguage('zh'))
