import type { Map as MapLibre } from 'maplibre-gl'
import { onBeforeUnmount, onMounted, shallowRef, type Ref } from 'vue'
import { addLevel, areaOutlines, createMap, extent, LEVELS, type LevelName, type Theme } from './engine'

export interface UseMapOptions {
  theme?: Theme
  interactive?: boolean
  /** The finest level drawn. */
  to?: LevelName
  labels?: boolean
  padding?: number
}

/**
 * A map with the district's outlines down to a level: `shown` when the first of them is to be seen, `ready` when all
 * are drawn, `failed` when they cannot be had.
 */
export function useMap(container: Ref<HTMLElement | null>, options: UseMapOptions = {}) {
  const { theme = 'light', interactive = true, to = 'grid', labels = true, padding } = options
  const map = shallowRef<MapLibre | null>(null)
  const shown = shallowRef(false)
  const ready = shallowRef(false)
  const failed = shallowRef(false)
  let gone = false

  async function start(): Promise<void> {
    if (!container.value) return
    failed.value = false
    try {
      const district = await areaOutlines(0)
      if (gone || !container.value) return
      const [west, south, east, north] = extent(district)
      const made = createMap({ container: container.value, bounds: [west, south, east, north], theme, interactive, padding })
      map.value = made
      await new Promise<void>((resolve) => made.once('load', () => resolve()))
      for (const [level, name] of LEVELS.entries()) {
        if (level > LEVELS.indexOf(to)) break
        const outlines = level === 0 ? district : await areaOutlines(level)
        if (gone) return
        addLevel(made, name, outlines, theme, labels)
        shown.value = true
      }
      await new Promise<void>((resolve) => made.once('idle', () => resolve()))
      if (gone) return
      ready.value = true
      container.value?.setAttribute('data-drawn', String(made.queryRenderedFeatures({ layers: [`areas-${to}-fill`] }).length))
      performance.mark('map-drawn')
    } catch {
      failed.value = true
    }
  }

  onMounted(start)
  onBeforeUnmount(() => {
    gone = true
    map.value?.remove()
  })
  return { map, shown, ready, failed, retry: start }
}
