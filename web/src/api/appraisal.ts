import { BASE, client, given, of } from './http'
import type { Paper } from '@/appraisal/paper'
import type { components } from './schema.gen'
import type { Id } from './types'

type Schemas = components['schemas']
export type BulletinRow = Schemas['BulletinRow']
export type BulletinOut = Omit<Schemas['BulletinOut'], 'paper'> & { paper: Paper }

const at = (id: Id) => ({ params: { path: { bulletin_id: id } } })
const whole = (reply: Promise<unknown>) => reply as Promise<BulletinOut>

export const bulletinsApi = {
  list: (values: { kind?: string; unit?: Id; whole?: boolean; cursor?: number }) =>
    of(client.GET('/api/v1/appraisal/bulletins', { params: { query: given(values) as never } })),
  one: (id: Id, language: string) =>
    whole(of(client.GET('/api/v1/appraisal/bulletins/{bulletin_id}', { params: { path: { bulletin_id: id }, query: { language: language as 'zh' } } }))),
  make: (body: Schemas['BulletinIn']) => whole(of(client.POST('/api/v1/appraisal/bulletins', { body }))),
  issue: (id: Id) => whole(of(client.POST('/api/v1/appraisal/bulletins/{bulletin_id}/issue', at(id)))),
  withdraw: (id: Id, reason: string) =>
    whole(of(client.POST('/api/v1/appraisal/bulletins/{bulletin_id}/withdraw', { ...at(id), body: { reason } }))),
  recount: (id: Id) => of(client.GET('/api/v1/appraisal/bulletins/{bulletin_id}/recount', at(id))),
  paperUrl: (id: Id, language: string) => `${BASE}/appraisal/bulletins/${id}/paper.pdf?language=${language}`,
  bookUrl: (id: Id, language: string) => `${BASE}/appraisal/bulletins/${id}/book.xlsx?language=${language}`,
}
