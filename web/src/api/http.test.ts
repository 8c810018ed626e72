import { beforeEach, describe, expect, it, vi } from 'vitest'
import { casesApi, sessionApi } from './endpoints'
import { given, queryString } from './http'
import { Problem } from './problem'

const reply = (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  })
const sent = vi.fn<(request: Request) => Promise<Response>>()
const requests = () => sent.mock.calls.map(([request]) => request)

beforeEach(() => {
  sent.mockReset()
  vi.stubGlobal('fetch', sent)
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 })
  document.cookie = 'wangge_csrf=token-1'
})

describe('a request', () => {
  it('carries the CSRF token when it changes something, and only then', async () => {
    sent.mockImplementation(async () => reply(200))
    await sessionApi.read()
    await sessionApi.signIn('zhang', 'secret')
    expect(requests().map((request) => request.headers.get('X-CSRFToken'))).toEqual([null, 'token-1'])
  })

  it('leaves out what was left open', () => {
    expect(given({ q: '', area: undefined, overdue: false, limit: 0, state: 'closed' })).toEqual({ limit: 0, state: 'closed' })
    expect(queryString({ q: '井盖', card: '' })).toBe('?q=%E4%BA%95%E7%9B%96')
    expect(queryString({})).toBe('')
  })
})

describe('repeating', () => {
  it('sends a create again with the same key after a lost connection', async () => {
    sent.mockRejectedValueOnce(new TypeError('network')).mockImplementation(async () => reply(201, { id: 'c' }))
    await expect(casesApi.create({ title: '井盖松动' }, 'key-1')).resolves.toEqual({ id: 'c' })
    expect(requests().map((request) => request.headers.get('Idempotency-Key'))).toEqual(['key-1', 'key-1'])
    expect(await requests()[1]?.text()).toContain('井盖松动')
  })

  it('never repeats a step, which could be taken twice', async () => {
    sent.mockRejectedValue(new TypeError('network'))
    await expect(casesApi.step('c', 'close', { version: 1 })).rejects.toMatchObject({ code: 'offline' })
    expect(sent).toHaveBeenCalledTimes(1)
  })

  it('reads again while the server is busy, three times at most', async () => {
    sent.mockImplementation(async () => reply(503, { code: 'unavailable' }))
    await expect(casesApi.counts()).rejects.toMatchObject({ status: 503, code: 'unavailable' })
    expect(sent).toHaveBeenCalledTimes(3)
  })
})

describe('a refusal', () => {
  it('becomes a Problem with the server’s words and fields', async () => {
    const errors = [{ at: 'body.title', zh: '太短', en: 'too short' }]
    sent.mockImplementation(async () => reply(422, { code: 'invalid', detail: '填写有误', errors }))
    const problem = await casesApi.create({ title: '' }, 'k').catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({ status: 422, code: 'invalid', errors })
  })

  it('keeps how long to wait', async () => {
    sent.mockImplementation(async () => reply(429, { code: 'too_many' }, { 'Retry-After': '30' }))
    await expect(sessionApi.signIn('a', 'b')).rejects.toMatchObject({ retryAfter: 30 })
  })

  it('is named by its status when a proxy answered in its own words', async () => {
    sent.mockImplementation(async () => new Response('<h1>Bad Gateway</h1>', { status: 502 }))
    await expect(sessionApi.signOut()).rejects.toMatchObject({ status: 502, code: 'http_502' })
  })
})
