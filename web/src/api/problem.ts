/** One field, row or vertex that the server names. */
export interface FieldError {
  at: string
  zh: string
  en: string
}

/** RFC 9457 problem details as kit/errors.py writes them; OpenAPI documents only successes. */
export interface ProblemBody {
  type: string
  status: number
  code: string
  title: string
  title_en: string
  detail: string
  detail_en: string
  errors?: FieldError[]
  /** Members of a conflict: who was first. */
  by?: string
  at?: string
  action?: string
  current_version?: number
  permission?: string
}

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

export function problemFrom(response: Response, document: unknown): Problem {
  const retry = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const body = typeof document === 'object' && document !== null ? (document as Partial<ProblemBody>) : {}
  return new Problem(response.status, body.code ?? `http_${response.status}`, body, Number.isNaN(retry) ? null : retry)
}
