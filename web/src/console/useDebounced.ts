import { type Ref, ref, watch, type WatchSource } from 'vue'

/** Follows a value once it has rested for a moment. */
export function useDebounced<Value>(source: WatchSource<Value>, first: Value, milliseconds = 400): Ref<Value> {
  const settled = ref(first) as Ref<Value>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (settled.value = value), milliseconds)
  }, { deep: true })
  return settled
}
