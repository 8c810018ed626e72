import type { Plugin } from 'vite'

const FOREIGN_SOURCE = /,?\s*url\(\s*["']?(?:https?:)?\/\/[^)]*\)\s*(?:format\([^)]*\))?/g

/** Takes fallbacks at other hosts out of a package's style sheets; what is needed is in the build itself. */
export const withoutForeignSources = (css: string): string => css.replace(FOREIGN_SOURCE, '')

export function ownHosts(): Plugin {
  return {
    name: 'wangge:own-hosts',
    enforce: 'pre',
    transform: {
      filter: { id: /\.css(\?|$)/ },
      handler: (css) => {
        const cleaned = withoutForeignSources(css)
        return cleaned === css ? null : { code: cleaned, map: null }
      },
    },
  }
}
