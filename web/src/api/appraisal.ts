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

export type League = Schemas['LeagueOut']
export type LeagueRow = Schemas['LeagueRowOut']
export type Indicator = Schemas['IndicatorOut']
export type FigureValue = Schemas['ValueOut']
export type Score = Schemas['ScoreOut']
export type FigureCases = Schemas['FigureOut']
export type Series = Schemas['SeriesOut']
export type Scheme = Schemas['SchemeOut']
export type SchemeVersion = Omit<Schemas['VersionOut'], 'content'> & { content: SchemeContent }
export interface Weight {
  weight: number
  floor: number
  target: number
}
export interface SchemeContent {
  weights: Record<string, Weight>
  adjusted: boolean
  note: string
}
export type WhatIf = Schemas['WhatIfOut']
export type FiveSteps = Schemas['FiveStepsOut']
export type Sheet = Schemas['ScoreSheetOut']
export type StepMean = Schemas['MeanOut']
export type CaseSheets = Schemas['CaseSheets']
export type ExclusionRow = Schemas['ExclusionOut']
export type AppealRow = Schemas['AppealRow']
export type AppealOut = Schemas['AppealOut']
export type AlarmRow = Schemas['AlarmRow']
export type AlarmOut = Schemas['AlarmOut']
export type MemberRow = Schemas['MemberRow']
export type MemberOut = Schemas['MemberOut']
export type TrainingOut = Schemas['TrainingOut']
export type CommendationOut = Schemas['CommendationOut']

const query = (values: object) => ({ params: { query: given(values) as never } })
const body = <Body>(values: Body) => ({ body: values as never })

export interface LeagueAsk {
  period: string
  kind: string
  by: string
  division: string
  scheme: string
}

export const resultsApi = {
  indicators: (period: string) => of(client.GET('/api/v1/appraisal/indicators', query({ period }))),
  league: (values: LeagueAsk) => of(client.GET('/api/v1/appraisal/league', query(values))),
  point: (unit: Id, indicator: string, values: object) =>
    of(client.GET('/api/v1/appraisal/points/{unit_id}/{indicator}', { params: { path: { unit_id: unit, indicator }, query: given(values) as never } })),
  series: (values: object) => of(client.GET('/api/v1/appraisal/series', query(values))),
  fiveSteps: (values: object) => of(client.GET('/api/v1/appraisal/five-steps', query(values))),
  caseSheets: (id: Id) => of(client.GET('/api/v1/appraisal/five-steps/cases/{case_id}', { params: { path: { case_id: id } } })),
}

const version = (id: Id) => ({ params: { path: { version_id: id } } })

export const schemesApi = {
  list: () => of(client.GET('/api/v1/appraisal/schemes')) as Promise<unknown> as Promise<{ items: (Omit<Scheme, 'versions'> & { versions: SchemeVersion[] })[] }>,
  draft: (scheme: string, content: SchemeContent, reason: string) => of(client.POST('/api/v1/appraisal/schemes', body({ scheme, content, reason }))),
  change: (id: Id, content: SchemeContent, reason: string) =>
    of(client.PATCH('/api/v1/appraisal/schemes/{version_id}', { ...version(id), ...body({ content, reason }) })),
  publish: (id: Id, valid_from: string, reason: string) =>
    of(client.POST('/api/v1/appraisal/schemes/{version_id}/publish', { ...version(id), body: { valid_from, reason } })),
  withdraw: (id: Id, reason: string) => of(client.POST('/api/v1/appraisal/schemes/{version_id}/withdraw', { ...version(id), body: { reason } })),
  tryOut: (scheme: string, period: string, content: SchemeContent) => of(client.POST('/api/v1/appraisal/what-if', body({ scheme, period, content }))),
}

const exclusion = (id: Id) => ({ params: { path: { exclusion_id: id } } })
const appeal = (id: Id) => ({ params: { path: { appeal_id: id } } })
const alarm = (id: Id) => ({ params: { path: { alarm_id: id } } })

export const judgingApi = {
  exclusions: (values: object) => of(client.GET('/api/v1/appraisal/exclusions', query(values))),
  exclude: (values: object) => of(client.POST('/api/v1/appraisal/exclusions', body(values))),
  decideExclusion: (id: Id, granted: boolean, reason: string) =>
    of(client.POST('/api/v1/appraisal/exclusions/{exclusion_id}/decision', { ...exclusion(id), body: { granted, reason } })),
  withdrawExclusion: (id: Id, reason: string) =>
    of(client.POST('/api/v1/appraisal/exclusions/{exclusion_id}/withdraw', { ...exclusion(id), body: { reason } })),
  appeals: (values: object) => of(client.GET('/api/v1/appraisal/appeals', query(values))),
  appeal: (id: Id) => of(client.GET('/api/v1/appraisal/appeals/{appeal_id}', appeal(id))),
  makeAppeal: (values: object) => of(client.POST('/api/v1/appraisal/appeals', body(values))),
  decideAppeal: (id: Id, values: object) => of(client.POST('/api/v1/appraisal/appeals/{appeal_id}/decision', { ...appeal(id), ...body(values) })),
  withdrawAppeal: (id: Id, reason: string) => of(client.POST('/api/v1/appraisal/appeals/{appeal_id}/withdraw', { ...appeal(id), body: { reason } })),
  alarms: (values: object) => of(client.GET('/api/v1/appraisal/alarms', query(values))),
  alarm: (id: Id) => of(client.GET('/api/v1/appraisal/alarms/{alarm_id}', alarm(id))),
  look: (period: string) => of(client.POST('/api/v1/appraisal/alarms/look', { body: { period } })),
  decideAlarm: (id: Id, outcome: 'confirmed' | 'explained', reason: string) =>
    of(client.POST('/api/v1/appraisal/alarms/{alarm_id}/decision', { ...alarm(id), body: { outcome, reason } })),
}

export const recordsApi = {
  members: (values: object) => of(client.GET('/api/v1/appraisal/records/members', query(values))),
  member: (id: Id) => of(client.GET('/api/v1/appraisal/records/members/{user_id}', { params: { path: { user_id: id } } })),
  trainings: (values: object = {}) => of(client.GET('/api/v1/appraisal/records/trainings', query(values))),
  train: (values: object) => of(client.POST('/api/v1/appraisal/records/trainings', body(values))),
  untrain: (id: Id, reason: string) =>
    of(client.DELETE('/api/v1/appraisal/records/trainings/{training_id}', { params: { path: { training_id: id } }, body: { reason } })),
  commendations: (values: object = {}) => of(client.GET('/api/v1/appraisal/records/commendations', query(values))),
  commend: (values: object) => of(client.POST('/api/v1/appraisal/records/commendations', body(values))),
  uncommend: (id: Id, reason: string) =>
    of(client.DELETE('/api/v1/appraisal/records/commendations/{commendation_id}', { params: { path: { commendation_id: id } }, body: { reason } })),
  bookUrl: (unit?: Id | null) => `${BASE}/appraisal/records/export.xlsx${unit ? `?unit=${unit}` : ''}`,
}
