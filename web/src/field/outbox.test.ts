import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import { Outbox, OutboxDatabase, worthRepeating, type Carrier } from './outbox'

const OWNER = 'member-1'
let serial = 0

class Server implements Carrier {
  taken = new Map<string, Record<string, unknown>>()
  photos = 0
  broken: unknown[] = []
  /** The reply is lost after the server acted. */
  loseReply = 0

  private maybeFail(): void {
    const error = this.broken.shift()
    if (error) throw error
  }

  async photo(): Promise<{ id: string }> {
    this.maybeFail()
    this.photos += 1
    return { id: `photo-${this.photos}` }
  }

  async report(body: Record<string, unknown>, key: string): Promise<{ id: string; number: string }> {
    this.maybeFail()
    if (!this.taken.has(key)) this.taken.set(key, body)
    if (this.loseReply-- > 0) throw new Problem(0, 'offline')
    return { id: `case-${key}`, number: '2026112100001' }
  }

  async step(): Promise<{ id: string; number: string }> {
    this.maybeFail()
    return { id: 'case', number: '1' }
  }

  words(error: unknown): string {
    return error instanceof Error ? error.message : String(error)
  }
}

let server: Server
let outbox: Outbox

beforeEach(() => {
  server = new Server()
  outbox = new Outbox(new OutboxDatabase(`test-${serial++}`), server)
})

const write = (key: string, photos = 0) =>
  outbox.add({
    key, owner: OWNER, kind: 'report', title: key, body: { title: key },
    photos: Array.from({ length: photos }, () => new Blob(['x'])), phase: 'report',
  })

describe('the outbox', () => {
  it('keeps what was written without network and sends it in order later', async () => {
    server.broken = [new Problem(0, 'offline')]
    await write('a')
    await write('b')
    await outbox.drain(OWNER)
    expect(await outbox.waiting(OWNER)).toBe(2)
    await outbox.drain(OWNER)
    expect([...server.taken.keys()]).toEqual(['a', 'b'])
    expect(await outbox.waiting(OWNER)).toBe(0)
  })

  it('sends once in effect when the reply is lost', async () => {
    server.loseReply = 1
    await write('a')
    await outbox.drain(OWNER)
    expect(await outbox.waiting(OWNER)).toBe(1)
    await outbox.drain(OWNER)
    expect(server.taken.size).toBe(1)
    expect((await outbox.list(OWNER))[0]?.receipt?.number).toBe('2026112100001')
  })

  it('uploads each photo once even when a later one fails', async () => {
    await write('a', 3)
    server.broken = [null, new Problem(503, 'unavailable')]
    await outbox.drain(OWNER)
    expect(server.photos).toBe(1)
    await outbox.drain(OWNER)
    expect(server.photos).toBe(3)
    expect(server.taken.get('a')?.attachments).toEqual(['photo-1', 'photo-2', 'photo-3'])
  })

  it('holds a refused report for the person and goes on with the next', async () => {
    server.broken = [new Problem(422, 'invalid', { detail: '标题不能为空' })]
    await write('bad')
    await write('good')
    await outbox.drain(OWNER)
    const [good, bad] = await outbox.list(OWNER)
    expect(good?.state).toBe('sent')
    expect(bad).toMatchObject({ state: 'refused', problem: '标题不能为空' })
  })

  it('sends photos anew when the server kept them no longer', async () => {
    const forgotten = new Problem(422, 'invalid', { errors: [{ at: 'body.attachments', zh: '', en: '' }] })
    await write('a', 1)
    server.broken = [undefined, new Problem(0, 'offline')]
    await outbox.drain(OWNER)
    server.broken = [forgotten]
    await outbox.drain(OWNER)
    expect(await outbox.waiting(OWNER)).toBe(1)
    await outbox.drain(OWNER)
    expect(server.taken.get('a')).toEqual({ title: 'a', attachments: ['photo-2'] })
    await write('b', 1)
    server.broken = [undefined, forgotten]
    await outbox.drain(OWNER)
    expect((await outbox.list(OWNER)).find((one) => one.key === 'b')?.state).toBe('refused')
  })

  it('goes on with the next when the server stumbles over one', async () => {
    await write('a')
    await write('b')
    server.broken = [new Problem(500, 'internal')]
    await outbox.drain(OWNER)
    expect([...server.taken.keys()]).toEqual(['b'])
    expect(await outbox.waiting(OWNER)).toBe(1)
  })

  it('never lets a waiting report be thrown away', async () => {
    await write('a')
    await outbox.discard('a')
    expect(await outbox.waiting(OWNER)).toBe(1)
  })

  it('waits for sign-in rather than refusing when the session has ended', async () => {
    server.broken = [new Problem(401, 'not_signed_in')]
    await write('a')
    await outbox.drain(OWNER)
    expect((await outbox.list(OWNER))[0]?.state).toBe('waiting')
  })

  it("does not send another person's reports", async () => {
    await write('a')
    await outbox.drain('member-2')
    expect(server.taken.size).toBe(0)
  })

  it('survives random losses with every report taken exactly once', async () => {
    let seed = 7
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
    for (let n = 0; n < 20; n += 1) await write(`r${n}`, n % 3)
    for (let round = 0; round < 400 && (await outbox.waiting(OWNER)) > 0; round += 1) {
      server.broken = Array.from({ length: 3 }, () => (random() < 0.5 ? new Problem(0, 'offline') : null))
      server.loseReply = random() < 0.4 ? 1 : 0
      await outbox.drain(OWNER)
    }
    expect(server.taken.size).toBe(20)
    expect((await outbox.list(OWNER)).every((one) => one.state === 'sent')).toBe(true)
  })
})

describe('errors worth repeating', () => {
  it.each([
    [new Problem(0, 'offline'), true],
    [new Problem(503, 'unavailable'), true],
    [new Problem(429, 'too_many'), true],
    [new Problem(401, 'not_signed_in'), true],
    [new Problem(409, 'conflict'), false],
    [new Problem(422, 'invalid'), false],
    [new Problem(404, 'not_found'), false],
    [new TypeError('network'), true],
  ])('%s: %s', (error, expected) => expect(worthRepeating(error)).toBe(expected))
})
