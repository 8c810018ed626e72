import Dexie, { type Table } from 'dexie'
import { Problem } from '@/api/problem'

/**
 * What was typed or photographed stays here until the server's receipt is in hand.
 * Nothing is deleted on a timer, on an error, on sign-out or because the clock was set back.
 */
export type SendingState = 'waiting' | 'sent' | 'refused'

export interface Sending {
  /** Also the idempotency key: sending twice has one effect. */
  key: string
  owner: string
  kind: 'report' | 'step'
  /** For a step: the case and the step's name. */
  caseId?: string
  step?: string
  title: string
  body: Record<string, unknown>
  photos: Blob[]
  /** By photo: the server's id once it took it. */
  photoIds: (string | null)[]
  phase: 'report' | 'handle' | 'verify'
  state: SendingState
  order: number
  writtenAt: string
  attempts: number
  problem: string
  receipt?: { id: string; number: string; at: string }
}

export interface Draft {
  owner: string
  body: Record<string, unknown>
  photos: Blob[]
}

export class OutboxDatabase extends Dexie {
  sendings!: Table<Sending, string>
  drafts!: Table<Draft, string>

  constructor(name = 'wangge-field') {
    super(name)
    this.version(1).stores({ sendings: 'key, owner, [owner+state], order', drafts: 'owner' })
  }
}

export interface Carrier {
  photo(file: Blob, phase: Sending['phase'], name: string): Promise<{ id: string }>
  report(body: Record<string, unknown>, key: string): Promise<{ id: string; number: string }>
  step(caseId: string, step: string, body: Record<string, unknown>): Promise<{ id: string; number: string }>
  words(error: unknown): string
}

/** Errors after which trying again later can help; all others need the person. */
export function worthRepeating(error: unknown): boolean {
  if (!(error instanceof Problem)) return true
  return error.offline || error.status === 401 || error.status === 408 || error.status === 429 || error.status >= 500
}

/** Photos are kept a day for the report they belong to; after a longer time without network they are sent anew. */
function photosForgotten(error: unknown): boolean {
  return error instanceof Problem && error.errors.some((one) => one.at === 'body.attachments')
}

function stumbled(error: unknown): boolean {
  return error instanceof Problem && error.status === 500
}

export class Outbox {
  private running: Promise<void> | null = null

  constructor(
    readonly database: OutboxDatabase,
    private readonly carrier: Carrier,
  ) {}

  async add(sending: Pick<Sending, 'key' | 'owner' | 'kind' | 'caseId' | 'step' | 'title' | 'body' | 'photos' | 'phase'>): Promise<void> {
    await this.database.transaction('rw', this.database.sendings, async () => {
      const last = await this.database.sendings.orderBy('order').last()
      await this.database.sendings.add({
        ...sending,
        photoIds: sending.photos.map(() => null),
        state: 'waiting',
        order: (last?.order ?? 0) + 1,
        writtenAt: new Date().toISOString(),
        attempts: 0,
        problem: '',
      })
    })
  }

  list(owner: string): Promise<Sending[]> {
    return this.database.sendings.where('owner').equals(owner).reverse().sortBy('order')
  }

  waiting(owner: string): Promise<number> {
    return this.database.sendings.where({ owner, state: 'waiting' }).count()
  }

  /** Only for what the person decided about: a refused sending, or one whose receipt was seen. */
  async discard(key: string): Promise<void> {
    const sending = await this.database.sendings.get(key)
    if (sending && sending.state !== 'waiting') await this.database.sendings.delete(key)
  }

  async again(key: string): Promise<void> {
    await this.database.sendings.update(key, { state: 'waiting', problem: '' })
  }

  /** Sends what waits, oldest first; one run at a time, also across the page's tabs. */
  drain(owner: string): Promise<void> {
    this.running ??= this.exclusively(() => this.run(owner)).finally(() => (this.running = null))
    return this.running
  }

  private async exclusively(work: () => Promise<void>): Promise<void> {
    if ('locks' in navigator && navigator.locks) await navigator.locks.request('wangge-outbox', work)
    else await work()
  }

  private async run(owner: string): Promise<void> {
    const due = await this.database.sendings.where({ owner, state: 'waiting' }).sortBy('order')
    for (const sending of due) {
      try {
        await this.send(sending)
      } catch (error) {
        const problem = this.carrier.words(error)
        const stale = photosForgotten(error) && sending.photoIds.some((id) => id !== null)
        const repeat = stale || worthRepeating(error)
        await this.database.sendings.update(sending.key, {
          attempts: sending.attempts + 1,
          problem,
          state: repeat ? 'waiting' : 'refused',
          ...(stale ? { photoIds: sending.photos.map(() => null) } : {}),
        })
        // What the server stumbles over does not hold up the rest; without network or sign-in nothing else would go.
        if (repeat && !stale && !stumbled(error)) return
      }
    }
  }

  private async send(sending: Sending): Promise<void> {
    const ids = [...sending.photoIds]
    for (const [index, photo] of sending.photos.entries()) {
      if (ids[index]) continue
      ids[index] = (await this.carrier.photo(photo, sending.phase, `${index + 1}.jpg`)).id
      await this.database.sendings.update(sending.key, { photoIds: ids })
    }
    const body = ids.length ? { ...sending.body, attachments: ids } : sending.body
    const reply =
      sending.kind === 'report'
        ? await this.carrier.report(body, sending.key)
        : await this.carrier.step(sending.caseId ?? '', sending.step ?? '', body)
    await this.database.sendings.update(sending.key, {
      state: 'sent',
      problem: '',
      photos: [],
      receipt: { id: reply.id, number: reply.number, at: new Date().toISOString() },
    })
  }

  async saveDraft(draft: Draft): Promise<void> {
    await this.database.drafts.put(draft)
  }

  draft(owner: string): Promise<Draft | undefined> {
    return this.database.drafts.get(owner)
  }

  async clearDraft(owner: string): Promise<void> {
    await this.database.drafts.delete(owner)
  }
}
