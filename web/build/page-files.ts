import type { Plugin } from 'vite'

/** Remembers which built files one page can load (imports, lazy imports, styles), so that a worker caches no more. */
export function pageFiles(page: string): { plugin: Plugin; needs: (file: string) => boolean } {
  const files = new Set<string>()
  const plugin: Plugin = {
    name: 'wangge:page-files',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const entry = Object.values(bundle).find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(page))
      const queue = entry ? [entry.fileName] : []
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        const file = bundle[name]
        if (!file || files.has(name)) continue
        files.add(name)
        if (file.type !== 'chunk') continue
        queue.push(...file.imports, ...file.dynamicImports)
        for (const asset of [...(file.viteMetadata?.importedCss ?? []), ...(file.viteMetadata?.importedAssets ?? [])]) {
          files.add(asset)
        }
      }
    },
  }
  return { plugin, needs: (file) => files.has(file) || file.startsWith(page.split('/')[0] + '/') }
}
