import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import { understandApi, type Understanding, type UnderstandIn } from '@/api'
import { oneAtATime } from './asking'

const REST_MS = 450

/** What the server reads in a draft while it is being written; null while there is too little of it. */
export function useUnderstanding(question: () => UnderstandIn | null) {
  const answer = shallowRef<Understanding | null>(null)
  const error = shallowRef<unknown>(null)
  const busy: Ref<boolean> = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const line = oneAtATime((asked: UnderstandIn) => understandApi.read(asked), {
    answer: (next: Understanding) => {
      answer.value = next
      error.value = null
    },
    failed: (failure) => (error.value = failure),
    busy: (next) => (busy.value = next),
  })

  function again(): void {
    const asked = question()
    if (asked) line.ask(asked)
  }

  watch(() => JSON.stringify(question()), (text) => {
    clearTimeout(timer)
    if (text === 'null') {
      line.forget()
      answer.value = null
      error.value = null
      return
    }
    timer = setTimeout(again, REST_MS)
  })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    line.forget()
  })
  return { answer, error, busy, again }
}
