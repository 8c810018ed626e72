import { client, given, of, upload } from './http'
import type { components } from './schema.gen'
import type { Id } from './types'

type Schemas = components['schemas']
export type PlanIn = Schemas['PlanIn']
export type PlanRow = Schemas['PlanRow']
export type PlanOut = Schemas['PlanOut']
export type PlanAction = Schemas['PlanAction']
export type PlanFigures = Schemas['PlanFigures']
export type PlanCommunityRow = Schemas['PlanCommunityRow']
export type PlanGrid = Omit<Schemas['PlanGrid'], 'polygon'> & { polygon: Outline | null }
export type PlanAtom = Schemas['PlanAtom']
export type PlanWords = Schemas['PlanWords']
export type Compared = Schemas['ComparedOut']
export type Preview = Schemas['PlanPreview']
export type PlanCases = Schemas['PlanCasesOut']
export type Teams = Schemas['TeamsOut']
export type TeamGrid = Schemas['TeamGrid']
export type TeamMember = Schemas['TeamMember']
export type DivisionRules = Schemas['DivisionRulesOut']
export type DivisionNotice = Schemas['DivisionNoticeOut']

/** GeoJSON is written straight from the drawing; the document calls it a plain object. */
export type Outline = GeoJSON.Polygon | GeoJSON.MultiPolygon
export type PlanCommunity = Omit<Schemas['PlanCommunityOut'], 'grids' | 'outline' | 'borders'> & {
  grids: PlanGrid[]
  outline: Outline
  borders: [number, number, boolean][] | null
}
export interface PlanDrawing {
  type: 'FeatureCollection'
  features: {
    type: 'Feature'
    properties: { community: Id; community_name: string; label: number; name: string; households: number; band: 'under' | 'in' | 'over'; moved: number; locked: boolean }
    geometry: Outline | null
  }[]
}
export type EditStep = 'move' | 'redraw' | 'split' | 'merge' | 'rerun' | 'add' | 'remove' | 'lock' | 'unlock' | 'rename' | 'undo'
export type EditFields = Partial<Omit<Schemas['PlanEditIn'], 'version'>>
export type PlanStepFields = Partial<Schemas['PlanStepIn']>

const plan = (plan_id: Id) => ({ params: { path: { plan_id } } })
const community = (reply: Promise<unknown>) => reply as Promise<PlanCommunity>

export const divisionsApi = {
  rules: () => of(client.GET('/api/v1/divisions/rules')),
  plans: (values: { area?: Id; state?: string; limit?: number; cursor?: number } = {}) =>
    of(client.GET('/api/v1/divisions/plans', { params: { query: given(values) } })),
  plan: (id: Id) => of(client.GET('/api/v1/divisions/plans/{plan_id}', plan(id))),
  make: (body: PlanIn) => of(client.POST('/api/v1/divisions/plans', { body })),
  step: (id: Id, step: string, body: PlanStepFields) =>
    of(client.POST('/api/v1/divisions/plans/{plan_id}/steps/{step}', { params: { path: { plan_id: id, step } }, body: body as never })),
  drawing: (id: Id) =>
    of(client.GET('/api/v1/divisions/plans/{plan_id}/grids.geojson', plan(id))) as Promise<unknown> as Promise<PlanDrawing>,
  community: (id: Id, area: Id) =>
    community(of(client.GET('/api/v1/divisions/plans/{plan_id}/communities/{community_id}', { params: { path: { plan_id: id, community_id: area }, query: { borders: true } } }))),
  edit: (id: Id, area: Id, step: EditStep, version: number, fields: EditFields) =>
    community(of(client.POST('/api/v1/divisions/plans/{plan_id}/communities/{community_id}/steps/{step}', {
      params: { path: { plan_id: id, community_id: area, step } }, body: { ...fields, version } as never,
    }))),
  compare: (id: Id, other: string) =>
    of(client.GET('/api/v1/divisions/plans/{plan_id}/compare', { params: { path: { plan_id: id }, query: { with: other } } })),
  preview: (id: Id, valid_from: string) =>
    of(client.GET('/api/v1/divisions/plans/{plan_id}/preview', { params: { path: { plan_id: id }, query: given({ valid_from }) } })),
  cases: (id: Id, start: string, end: string) =>
    of(client.GET('/api/v1/divisions/plans/{plan_id}/cases', { params: { path: { plan_id: id }, query: { start, end } } })),
  teams: (area?: Id | null) => of(client.GET('/api/v1/divisions/teams', { params: { query: given({ area }) as never } })),
  planTeams: (id: Id) => of(client.GET('/api/v1/divisions/plans/{plan_id}/teams', plan(id))),
  assign: (id: Id, body: Schemas['AssignmentIn']) => of(client.POST('/api/v1/divisions/plans/{plan_id}/teams/assign', { ...plan(id), body })),
  unassign: (id: Id, body: Schemas['AssignmentIn']) => of(client.POST('/api/v1/divisions/plans/{plan_id}/teams/unassign', { ...plan(id), body })),
  notices: () => of(client.GET('/api/v1/divisions/notices')),
  readNotice: (id: Id) => of(client.POST('/api/v1/divisions/notices/{told_id}/read', { params: { path: { told_id: id } } })),
  barriers: (area: Id) =>
    of(client.GET('/api/v1/divisions/barriers.geojson', { params: { query: { area } } })) as Promise<unknown> as Promise<GeoJSON.FeatureCollection>,
  loadBarriers: (file: File, source: string, crs: string) => of(client.POST('/api/v1/divisions/barriers', upload(file, { source, crs }))),
}
