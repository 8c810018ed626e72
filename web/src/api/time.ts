import { client, given, of } from './http'
import type { components } from './schema.gen'
import type { Id } from './types'

type Schemas = components['schemas']
export type NoticeOut = Schemas['NoticeOut']
export type MonitoringOut = Schemas['MonitoringOut']
export type ExplanationOut = Schemas['ExplanationOut']
export type TimeRequestOut = Schemas['TimeRequestOut']
export type TimeRulesOut = Schemas['TimeRulesOut']

export const timeApi = {
  notices: (values: { view?: string; case?: Id; cursor?: string }) =>
    of(client.GET('/api/v1/notices', { params: { query: given(values) as never } })),
  answer: (id: Id, answer: string) =>
    of(client.POST('/api/v1/notices/{notice_id}/answer', { params: { path: { notice_id: id } }, body: { answer } })),
  rules: () => of(client.GET('/api/v1/time-rules')),
  monitoring: () => of(client.GET('/api/v1/monitoring')),
  resume: () => of(client.POST('/api/v1/monitoring/resume')),
  explanation: (caseId: Id, clockId: Id) =>
    of(client.GET('/api/v1/cases/{case_id}/clocks/{clock_id}/explanation', { params: { path: { case_id: caseId, clock_id: clockId } } })),
}
