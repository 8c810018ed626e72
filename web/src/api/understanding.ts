import { client, given, of, queryString } from './http'
import type { components } from './schema.gen'
import type { CaseState, Id, QueryOf, Timestamp } from './types'

type Schemas = components['schemas']

export interface Both {
  zh: string
  en: string
}
interface CategoryRead {
  code: string
  name: string
  name_en: string
  path: string
}
export interface MatterCandidate {
  category: CategoryRead
  probability: number
  words: string[]
}
export interface PlaceCandidate {
  kind: string
  kind_name: string
  /** A road is no row of its own. */
  id: Id | null
  code: string
  name: string
  path: string
  area_id: Id | null
  lon: number | null
  lat: number | null
  probability: number
  reason: string
  reason_en: string
}
export interface SameCase {
  id: Id
  number: string
  title: string
  state: CaseState
  state_name: string
  submitted_at: Timestamp
  area: { id: Id; name: string } | null
}
export interface SameCandidate {
  case: SameCase
  probability: number
  reasons: Both[]
}
export interface Heard {
  level: string
  words: string[]
  reason: string
  reason_en: string
}
/** Null for a part that could not be read. */
export interface Understanding {
  matter: {
    candidates: MatterCandidate[]
    sure: boolean
    above: { category: CategoryRead; probability: number } | null
    model: { id: Id; version: number } | null
  } | null
  place: { candidates: PlaceCandidate[]; sure: boolean; conflicts: Both[] } | null
  same: SameCandidate[]
  urgency: Heard | null
}
export interface UnderstandIn {
  title: string
  description?: string
  address?: string
  lon?: number
  lat?: number
  channel?: string
  reporter_phone?: string
}
export interface Decision {
  by: string
  at: Timestamp
  from?: string | null
  to?: string | null
  corrected?: boolean
  merged?: boolean
}
export interface Reading extends Understanding {
  errors: string[]
  read_at: Timestamp | null
  decisions: { matter: Decision | null; place: Decision | null; same: Decision | null }
}
export interface Asked {
  case: SameCase
  channel: string
  channel_name: string
  phone_masked: string
  asked: boolean
  calls: number
  due_at: Timestamp | null
  answered_at: Timestamp | null
  in_time: boolean | null
}
export interface Same {
  candidates: SameCandidate[]
  merged: SameCase[]
  channels_asked: Asked[]
}
interface DangerTally {
  alarms: number
  right: number
  wrong: number
}
export interface DangerCounts extends DangerTally {
  missed: number
  by_sign: (DangerTally & { sign: string; zh: string; en: string })[]
  by_word: (DangerTally & { word: string })[]
  missed_cases: { id: Id; number: string; title: string; submitted_at: Timestamp }[]
}
export type HeatPart = 'count' | 'people' | 'growth' | 'likes' | 'dislikes' | 'severity'
export interface Hotspot {
  id: Id
  title: string
  place: string
  area: { id: Id; name: string } | null
  /** 0 to 100, of the parts, which are 0 to 1 each. */
  heat: number
  parts: Record<HeatPart, number>
  matters: number
  people: number
  likes: number
  dislikes: number
  first_at: Timestamp
  last_at: Timestamp
  lon: number | null
  lat: number | null
  cases: SameCase[]
  trend: number[]
  state: string
  state_name: string
  alert: boolean
  decided_at: Timestamp | null
  decided_name: string
  reason: string
  actions: string[]
}
export interface Advice {
  scores: Record<Aspect, number>
  findings: { aspect: Aspect; sentence: string | null; start: number | null; end: number | null; zh: string; en: string; severity: string }[]
}
export type Aspect = 'relevance' | 'completeness' | 'clarity' | 'originality'
export type Found = Schemas['SearchRow']
export type FoundPlace = Schemas['SearchPlace']
export interface Forecast {
  week: string | null
  level: number
  made_at: Timestamp | null
  items: {
    area: { id: Id; name: string; path: string }
    category: { code: string; name: string }
    expected: number
    low: number
    high: number
    usual: number
    last_week: { expected: number | null; actual: number }
  }[]
  error: { weeks: number; mae: number; wape: number; coverage: number; baseline_mae: number } | null
}

/** The few routes that the document does not describe yet. */
const loose = client as unknown as Record<'GET' | 'POST', (path: string, init?: object) => never>
const get = <Answer>(path: string, query: object = {}, signal?: AbortSignal) =>
  of(loose.GET(`/api/v1${path}${queryString(query)}`, { signal })) as Promise<Answer>
const post = <Answer>(path: string, body: object = {}, signal?: AbortSignal) =>
  of(loose.POST(`/api/v1${path}`, { body: given(body), signal })) as Promise<Answer>

export interface ModelAction {
  step: string
  label: string
  label_en: string
  needs_reason: boolean
}
export interface ModelVersion {
  id: Id
  version: number
  state: 'training' | 'ready' | 'active' | 'retired' | 'failed'
  progress: number
  stage: string
  examples: number
  corrections: number
  categories: number
  /** Empty until it was judged. */
  figures: Partial<ModelFigures>
  fault: Both | null
  made_at: Timestamp
  made_by: string
  activated_at: Timestamp | null
  activated_by: string
  reason: string
  actions: ModelAction[]
}
export interface Alias {
  id: Id
  phrase: string
  target: string
  path: string
  state: string
  conflict: string
  matters: number
  people: number
  made_at: Timestamp
  decided_by: string | null
  reason: string
  actions: string[]
}
/** How well the newest closed cases, kept back from learning, are understood. */
export interface Judged {
  macro_f1: number
  accuracy: number
  ece: number
  coverage: number
  right_share: number
  threshold: number
}
export interface ModelFigures extends Judged {
  held_out: number
  good_enough: boolean
  against_active: Judged
  per_class: { code: string; name: string; cases: number; f1: number; precision: number | null; recall: number }[]
  mistakes: { guess: string; guess_name: string; right: string; right_name: string; count: number }[]
  bins?: { low: number; high: number; count: number; confidence: number; accuracy: number }[]
}
export interface ReplyCounts {
  unit: { id: Id; name: string }
  replies: number
  relevant: number
  complete: number
  clear: number
  stock: number
  median_delay: number
}
export interface PreventiveTask {
  id: Id
  area: { id: Id; name: string; path: string }
  category: { code: string; name: string }
  expected: number
  low: number
  high: number
  usual: number
  state: string
  state_name: string
  reason: string
  decided_name: string
  case: { id: Id; number: string } | null
}

export const understandApi = {
  read: (draft: UnderstandIn, signal?: AbortSignal) => post<Understanding>('/understand', draft, signal),
  kept: (id: Id) => get<Reading>(`/cases/${id}/reading`),
  danger: (id: Id, right: boolean, reason: string) => post<unknown>(`/cases/${id}/danger`, { right, reason }),
  dangers: (from: string, to: string) => get<DangerCounts>('/intake/danger', { from, to }),
  same: (id: Id) => get<Same>(`/cases/${id}/same`),
  decideSame: (id: Id, other: Id, same: boolean, reason: string) => post<Same>(`/cases/${id}/same/${other}`, { same, reason }),
  summary: (id: Id) => post<{ text: string; model: string }>(`/cases/${id}/summary`),
  advise: (id: Id, text: string, signal?: AbortSignal) => post<Advice>(`/cases/${id}/reply-advice`, { text }, signal),
}

export const modelsApi = {
  list: () => get<{ items: ModelVersion[]; new_examples: number; actions: ModelAction[] }>('/intake/models'),
  train: () => post<ModelVersion>('/intake/models'),
  step: (id: Id, step: string, reason: string) => post<ModelVersion>(`/intake/models/${id}/steps/${step}`, { reason }),
}

export const aliasesApi = {
  list: (values: { state?: string; cursor?: string }) => get<{ items: Alias[]; next: string | null; total: number }>('/intake/aliases', values),
  step: (id: Id, step: string, reason: string) => post<Alias>(`/intake/aliases/${id}/steps/${step}`, { reason }),
}

export const hotspotsApi = {
  list: (values: { days?: number; area?: Id; top?: number }) => get<{ items: Hotspot[] }>('/hotspots', values),
  one: (id: Id) => get<Hotspot>(`/hotspots/${id}`),
  wall: () => get<{ items: Hotspot[] }>('/hotspots/wall'),
  renew: () => post<null>('/hotspots/renew'),
  agenda: () => get<{ items: Hotspot[] }>('/hotspots/agenda'),
  step: (id: Id, step: 'agenda' | 'dismiss', reason: string) => post<Hotspot>(`/hotspots/${id}/steps/${step}`, { reason }),
}

export const repliesApi = {
  counts: (from: string, to: string) => get<{ items: ReplyCounts[] }>('/intake/replies', { from, to }),
}

export const searchApi = {
  find: (values: QueryOf<'/api/v1/search'>, signal?: AbortSignal) => of(client.GET('/api/v1/search', { params: { query: given(values) }, signal })),
}

export const forecastApi = {
  week: (values: { week?: string; area?: Id; level?: number; limit?: number }) => get<Forecast>('/forecast', values),
  tasks: () => get<{ items: PreventiveTask[] }>('/forecast/tasks'),
  make: () => post<null>('/forecast'),
  decide: (id: Id, step: 'accept' | 'dismiss', reason: string) => post<PreventiveTask>(`/forecast/tasks/${id}/steps/${step}`, { reason }),
}
