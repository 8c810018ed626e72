import { describe, expect, it } from 'vitest'
import { withoutForeignSources } from './own-hosts'

describe('style sheets of packages', () => {
  it.each([
    ['url("data:font/woff2;base64,AA==") format("woff2"),url(//at.example.com/f.woff?t=1) format("woff")', 'url("data:font/woff2;base64,AA==") format("woff2")'],
    ['url(data:font/woff2;base64,AA==)format("woff2"),url("https://example.com/f.woff")format("woff")', 'url(data:font/woff2;base64,AA==)format("woff2")'],
    ['url(./own.png)', 'url(./own.png)'],
    ["url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E\")", "url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E\")"],
  ])('keep only their own sources: %s', (css, expected) => expect(withoutForeignSources(css)).toBe(expected))
})
