import { computed, onScopeDispose, readonly, ref, shallowRef } from 'vue'

export const SHOWN_SECONDS = 60
export const SHORTEST_PURPOSE = 4

const open = new Set<() => void>()

/** Takes every full value off the screen; sign-out and leaving the post call it. */
export function hideAll(): void {
  for (const hide of [...open]) hide()
}

/**
 * Full values for a limited time: held here and nowhere else, gone when the time is over, when the page is left and
 * at sign-out. A page in the background keeps counting by the clock, not by ticks.
 */
export function useShownFor<Values extends object>(seconds = SHOWN_SECONDS) {
  const values = shallowRef<Values | null>(null)
  const left = ref<number>(0)
  let until = 0
  let timer: ReturnType<typeof setInterval> | undefined

  function hide(): void {
    clearInterval(timer)
    timer = undefined
    values.value = null
    left.value = 0
    open.delete(hide)
  }

  function tick(): void {
    left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000))
    if (left.value === 0) hide()
  }

  function show(next: Values): void {
    hide()
    values.value = next
    until = Date.now() + seconds * 1000
    open.add(hide)
    timer = setInterval(tick, 250)
    tick()
  }

  onScopeDispose(hide)
  return { values: readonly(values), left: readonly(left), shown: computed(() => values.value !== null), show, hide }
}

/** Whether a purpose says enough to be logged. */
export const purposeEnough = (text: string): boolean => [...text.trim()].length >= SHORTEST_PURPOSE
