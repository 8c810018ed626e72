import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(html|js|mjs|css|json|svg|webmanifest|txt)$/
const SMALLEST = 1024

/** Writes a .gz and a .br beside every text file, so that the server only has to pick one. */
export function precompress(): Plugin {
  let folder = ''
  return {
    name: 'wangge:precompress',
    apply: 'build',
    enforce: 'post',
    configResolved: (config) => {
      folder = config.build.outDir
      if (!folder.startsWith('/')) folder = join(config.root, folder)
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true })
        for (const entry of entries) {
          if (!entry.isFile() || !TEXT.test(entry.name)) continue
          const path = join(entry.parentPath, entry.name)
          const content = await readFile(path)
          if (content.length < SMALLEST) continue
          const [small, smaller] = await Promise.all([
            promisify(gzip)(content, { level: 9 }),
            promisify(brotliCompress)(content, {
              params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
            }),
          ])
          await Promise.all([writeFile(`${path}.gz`, small), writeFile(`${path}.br`, smaller)])
        }
      },
    },
  }
}
