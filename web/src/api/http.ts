import createClient, { type FetchResponse } from 'openapi-fetch'
import { Problem, problemFrom } from './problem'
import type { paths } from './schema.gen'

export const BASE = '/api/v1'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const KEY = 'Idempotency-Key'
const RETRY_AFTER_MS = [400, 1200]

function cookie(name: string): string {
  const pair = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : ''
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Sends, and repeats after a lost connection or a 503 when repeating cannot do the thing twice. */
async function send(request: Request): Promise<Response> {
  if (UNSAFE.has(request.method)) request.headers.set('X-CSRFToken', cookie('wangge_csrf'))
  const repeatable = request.method === 'GET' || request.headers.has(KEY)
  for (let attempt = 0; ; attempt += 1) {
    const wait = repeatable ? RETRY_AFTER_MS[attempt] : undefined
    try {
      const response = await fetch(request.clone())
      if (response.status !== 503 || wait === undefined) return response
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      if (wait === undefined) throw new Problem(0, 'offline')
    }
    await pause(wait)
  }
}

/** The typed client: paths, parameters and bodies come from the server's own OpenAPI document. */
export const client = createClient<paths>({
  // Absolute, because a Request needs it outside browsers too.
  baseUrl: globalThis.location?.origin ?? '',
  fetch: send,
  headers: { Accept: 'application/json' },
})

type Json = { content: { 'application/json': unknown } }

/** The document of an operation's success. (openapi-fetch's own type turns tuples into arrays.) */
type Success<Operation> = Operation extends { responses: infer Responses }
  ? {
      [Status in keyof Responses]: Responses[Status] extends Json ? Responses[Status]['content']['application/json'] : never
    }[Extract<keyof Responses, 200 | 201 | 202>]
  : never

/** The reply's document, or a Problem. */
export async function of<Operation extends Record<string | number, unknown>, Options, Media extends `${string}/${string}`>(
  reply: Promise<FetchResponse<Operation, Options, Media>>,
): Promise<Success<Operation>> {
  const { data, error, response } = await reply
  if (!response.ok) throw problemFrom(response, error)
  return data as Success<Operation>
}

/** The query without what was left open. */
export function given<Query extends object>(query: Query): Query {
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false),
  ) as Query
}

export function queryString(query: object = {}): string {
  const parameters = new URLSearchParams(Object.entries(given(query)).map(([name, value]) => [name, String(value)]))
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

/** A multipart body: one file and text fields. `never`, because the document calls a file a string. */
export function upload(file: Blob, fields: Record<string, string | undefined> = {}, name?: string) {
  const form = new FormData()
  form.append('file', file, name ?? (file instanceof File ? file.name : 'file'))
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) form.append(key, value)
  return { body: form as never, bodySerializer: () => form }
}

export const keyed = (key: string) => ({ header: { [KEY]: key } as { 'Idempotency-Key': string } })

export function idempotencyKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID()
  // Pages served without TLS to another host have no randomUUID.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

