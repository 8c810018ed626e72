import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { VantResolver } from '@vant/auto-import-resolver'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { pageFiles } from './build/page-files'
import { ownHosts } from './build/own-hosts'
import { precompress } from './build/precompress'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const phone = pageFiles('field/index.html')

export default defineConfig({
  base: '/',
  resolve: { alias: { '@': here('./src') } },
  define: {
    __VUE_I18N_FULL_INSTALL__: true,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  plugins: [
    vue(),
    ownHosts(),
    Components({
      dirs: [],
      dts: 'src/components.d.ts',
      resolvers: [ElementPlusResolver({ importStyle: 'css' }), VantResolver()],
    }),
    phone.plugin,
    VitePWA({
      // Only the phone page is an installable app: its own scope, and a precache of what that page loads.
      scope: '/field/',
      filename: 'field/sw.js',
      manifest: false,
      injectRegister: false,
      registerType: 'prompt',
      includeManifestIcons: false,
      workbox: {
        globPatterns: ['field/**/*.{html,svg,png,webmanifest}', 'assets/**/*.{js,css,woff2}'],
        globIgnores: ['field/sw.js', '**/*.map'],
        maximumFileSizeToCacheInBytes: 4_000_000,
        navigateFallback: '/field/index.html',
        navigateFallbackAllowlist: [/^\/field\//],
        cleanupOutdatedCaches: true,
        manifestTransforms: [
          (entries) => ({
            manifest: entries
              .filter(({ url }) => phone.needs(url))
              .map((entry) => ({ ...entry, url: `/${entry.url}` })),
            warnings: [],
          }),
        ],
      },
    }),
    precompress(),
  ],
  build: {
    outDir: '../wangge/config/static',
    emptyOutDir: true,
    assetsDir: 'assets',
    target: ['chrome109', 'edge109', 'firefox115', 'safari16'],
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: { console: here('./index.html'), field: here('./field/index.html'), report: here('./report/index.html') },
    },
  },
  server: {
    port: 5173,
    proxy: { '/api': { target: process.env.WANGGE_API ?? 'http://127.0.0.1:8000', changeOrigin: false } },
  },
})
