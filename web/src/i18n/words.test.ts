import { describe, expect, it } from 'vitest'
import { i18n, type Messages } from '.'

const zh = import.meta.glob<{ default: Messages }>('./zh/*.ts', { eager: true })
const en = import.meta.glob<{ default: Messages }>('./en/*.ts', { eager: true })
/* Pages with few words keep both languages in one file of their own, which registers them. */
import.meta.glob('../*/words.ts', { eager: true })
const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../i18n/{zh,en}/**', '!../**/*.test.ts'], {
  eager: true,
  query: '?raw',
  import: 'default',
})

const flat = (messages: Messages, path = ''): Record<string, string> =>
  Object.entries(messages).reduce<Record<string, string>>(
    (found, [key, value]) =>
      typeof value === 'string' ? { ...found, [path + key]: value } : { ...found, ...flat(value, `${path}${key}.`) },
    {},
  )
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
const registered = (language: 'zh' | 'en') => flat(i18n.global.getLocaleMessage(language) as Messages)
const withoutComments = (source: string) => source.replace(/<!--.*?-->|\/\*.*?\*\/|^\s*\/\/.*?$/gms, '')

describe('the words of the pages', () => {
  it('has the same files in both languages', () => {
    expect(Object.keys(en).map((path) => path.slice(5)).sort()).toEqual(Object.keys(zh).map((path) => path.slice(5)).sort())
  })

  it.each(Object.keys(zh))('%s has the same keys and placeholders in English', (path) => {
    const chinese = flat(zh[path]?.default ?? {})
    const english = flat(en[path.replace('/zh/', '/en/')]?.default ?? {})
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort())
    for (const [key, text] of Object.entries(chinese)) {
      expect([key, placeholders(english[key] ?? '')]).toEqual([key, placeholders(text)])
    }
  })

  it('registers the same keys and placeholders in both languages, none of them empty', () => {
    const shape = (language: 'zh' | 'en') =>
      Object.entries(registered(language)).map(([key, text]) => `${key} ${text.trim() ? placeholders(text).join() : 'EMPTY'}`)
    expect(shape('en').sort()).toEqual(shape('zh').sort())
    expect(shape('zh').filter((line) => line.endsWith('EMPTY'))).toEqual([])
  })

  it('is the only place with Chinese in it, but for the name of that language', () => {
    const components = Object.entries(sources).filter(([path]) => path.endsWith('.vue'))
    expect(components.length).toBeGreaterThan(40)
    expect(components.filter(([, source]) => /[\u4e00-\u9fff]/.test(withoutComments(source).replaceAll('中文', ''))).map(([path]) => path)).toEqual([])
  })

  it('knows every key that a page asks for', () => {
    const asked = Object.entries(sources).flatMap(([path, source]) =>
      [...source.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((match) => ({ path, key: match[1] ?? '' })),
    )
    expect(asked.length).toBeGreaterThan(200)
    const known = registered('zh')
    expect(asked.filter(({ key }) => !(key in known))).toEqual([])
  })
})
