import type { FieldError, ProblemBody } from './types'

/** A reply that is not a success, or no reply at all. The one kind of error the pages have to know. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly body: Partial<ProblemBody> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(body.detail ?? code)
  }

  get errors(): FieldError[] {
    return this.body.errors ?? []
  }

  /** No answer came, so whether the server acted is unknown: repeat with the same idempotency key. */
  get offline(): boolean {
    return this.status === 0
  }
}

export async function problemFrom(response: Response): Promise<Problem> {
  const retry = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const retryAfter = Number.isNaN(retry) ? null : retry
  const isProblem = response.headers.get('Content-Type')?.includes('json')
  const body = isProblem ? ((await response.json().catch(() => ({}))) as Partial<ProblemBody>) : {}
  return new Problem(response.status, body.code ?? `http_${response.status}`, body, retryAfter)
}
