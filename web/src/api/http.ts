import { Problem, problemFrom } from './problem'

export const BASE = '/api/v1'

export type Query = Record<string, string | number | boolean | null | undefined>

export interface RequestOptions {
  query?: Query | object
  body?: unknown
  form?: FormData
  /** Makes the request safe to repeat; a lost reply is then fetched again by itself. */
  idempotencyKey?: string
  signal?: AbortSignal
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const RETRY_AFTER_MS = [400, 1200]

function cookie(name: string): string {
  const pair = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : ''
}

export function queryString(query: Query | object = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue
    parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

async function once(method: string, path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (UNSAFE.has(method)) headers['X-CSRFToken'] = cookie('wangge_csrf')
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  const body = options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  const url = BASE + path + queryString(options.query)
  return fetch(url, { method, headers, body, signal: options.signal, credentials: 'same-origin' })
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Sends, and repeats after a lost connection or a 503 when repeating cannot do the thing twice. */
export async function request<Reply>(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  const repeatable = method === 'GET' || options.idempotencyKey !== undefined
  for (let attempt = 0; ; attempt += 1) {
    const wait = repeatable ? RETRY_AFTER_MS[attempt] : undefined
    let response: Response
    try {
      response = await once(method, path, options)
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      if (wait === undefined) throw new Problem(0, 'offline')
      await pause(wait)
      continue
    }
    if (response.ok) {
      return (response.status === 204 ? undefined : await response.json()) as Reply
    }
    if (response.status === 503 && wait !== undefined) {
      await pause(wait)
      continue
    }
    throw await problemFrom(response)
  }
}

export const http = {
  get: <Reply>(path: string, query?: Query | object, signal?: AbortSignal) =>
    request<Reply>('GET', path, { query, signal }),
  post: <Reply>(path: string, body?: unknown, options: Omit<RequestOptions, 'body'> = {}) =>
    request<Reply>('POST', path, { ...options, body }),
  put: <Reply>(path: string, body: unknown) => request<Reply>('PUT', path, { body }),
  patch: <Reply>(path: string, body: unknown) => request<Reply>('PATCH', path, { body }),
  delete: <Reply = void>(path: string) => request<Reply>('DELETE', path),
  upload: <Reply>(path: string, file: Blob, fields: Record<string, string> = {}, name?: string) => {
    const form = new FormData()
    form.append('file', file, name ?? (file instanceof File ? file.name : 'file'))
    for (const [key, value] of Object.entries(fields)) form.append(key, value)
    return request<Reply>('POST', path, { form })
  },
}

export function idempotencyKey(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, '0')).join('')
}
