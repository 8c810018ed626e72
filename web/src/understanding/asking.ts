/** What becomes of a question; an answer to a question no longer asked is told to nobody. */
export interface Told<Answer> {
  answer: (answer: Answer) => void
  failed: (error: unknown) => void
  busy: (busy: boolean) => void
}

/** One question under way at a time: the newest one waits, those between are never sent. */
export function oneAtATime<Question, Answer>(ask: (question: Question) => Promise<Answer>, told: Told<Answer>) {
  let newest = 0
  let waiting: { question: Question } | null = null
  let running = false

  async function run(question: Question): Promise<void> {
    running = true
    told.busy(true)
    const turn = newest
    try {
      const answer = await ask(question)
      if (turn === newest) told.answer(answer)
    } catch (error) {
      if (turn === newest) told.failed(error)
    }
    const next = waiting
    waiting = null
    if (next) return run(next.question)
    running = false
    told.busy(false)
  }

  return {
    ask(question: Question): void {
      newest += 1
      if (running) waiting = { question }
      else void run(question)
    },
    /** Nothing is wanted any more: what is still under way is dropped. */
    forget(): void {
      newest += 1
      waiting = null
    },
  }
}
