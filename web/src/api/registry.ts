import { BASE, client, given, of, queryString, upload } from './http'
import type * as R from './registry-types'
import type { Id, Named } from './types'

type Ask = (path: string, init?: object) => Promise<never>
const { GET, POST, PATCH, DELETE } = client as unknown as Record<'GET' | 'POST' | 'PATCH' | 'DELETE', Ask>
const as = <Out>(reply: Promise<never>) => of(reply) as Promise<unknown> as Promise<Out>
const query = (values: object, signal?: AbortSignal) => ({ params: { query: given(values) }, signal })
const path = (values: Record<string, Id>) => ({ params: { path: values } })
const ROOT = '/api/v1/registry'

export type Form = Record<string, unknown>

export const registryApi = {
  grid: (area?: Id) => as<R.GridOut>(GET(`${ROOT}/grid`, query({ area }))),
  vocabulary: () => as<R.Vocabulary>(GET(`${ROOT}/vocabulary`)),
  tagKinds: () => as<R.TagKindOut[]>(GET(`${ROOT}/tag-kinds`)),
  fields: () => as<R.FieldRuleOut[]>(GET(`${ROOT}/fields`)),
  /** By POST, so that no name or number stands in an address. */
  search: (q: string, values: { area?: Id; kind?: string } = {}, signal?: AbortSignal) =>
    as<R.Hit[]>(POST(`${ROOT}/search`, { body: given({ q, ...values }), signal })),

  building: (id: Id) => as<R.BuildingOut>(GET(`${ROOT}/buildings/{building_id}`, path({ building_id: id }))),
  board: (id: Id) => as<R.BoardOut>(GET(`${ROOT}/buildings/{building_id}/board`, path({ building_id: id }))),
  buildings: (values: object, signal?: AbortSignal) => as<R.Page<R.GridBuilding>>(GET(`${ROOT}/buildings`, query(values, signal))),
  createBuilding: (body: Form) => as<R.BuildingOut>(POST(`${ROOT}/buildings`, { body })),
  changeBuilding: (id: Id, body: Form) =>
    as<R.BuildingOut>(PATCH(`${ROOT}/buildings/{building_id}`, { ...path({ building_id: id }), body })),
  addEntrance: (id: Id, body: Form) =>
    as<Named>(POST(`${ROOT}/buildings/{building_id}/entrances`, { ...path({ building_id: id }), body })),
  addDwellings: (id: Id, entrance: Id | null, labels: string[]) =>
    as<unknown>(POST(`${ROOT}/buildings/{building_id}/dwellings`, { ...path({ building_id: id }), body: { entrance, labels } })),
  dwelling: (id: Id) => as<R.DwellingOut>(GET(`${ROOT}/dwellings/{dwelling_id}`, path({ dwelling_id: id }))),
  changeDwelling: (id: Id, body: Form) =>
    as<unknown>(PATCH(`${ROOT}/dwellings/{dwelling_id}`, { ...path({ dwelling_id: id }), body })),
  addPhoto: (subjectType: string, subjectId: Id, file: Blob, name?: string) =>
    as<R.PhotoOut>(POST(`${ROOT}/photos`, upload(file, { subject_type: subjectType, subject_id: subjectId }, name))),

  household: (id: Id) => as<R.HouseholdOut>(GET(`${ROOT}/households/{household_id}`, path({ household_id: id }))),
  createHousehold: (body: Form) => as<R.HouseholdOut>(POST(`${ROOT}/households`, { body })),
  changeHousehold: (id: Id, body: Form) =>
    as<R.HouseholdOut>(PATCH(`${ROOT}/households/{household_id}`, { ...path({ household_id: id }), body })),

  person: (id: Id) => as<R.PersonOut>(GET(`${ROOT}/persons/{person_id}`, path({ person_id: id }))),
  createPerson: (body: Form) => as<R.PersonOut>(POST(`${ROOT}/persons`, { body })),
  changePerson: (id: Id, body: Form) =>
    as<R.PersonOut>(PATCH(`${ROOT}/persons/{person_id}`, { ...path({ person_id: id }), body })),
  look: (id: Id, purpose: string, fields: string[]) =>
    as<R.PersonFull>(POST(`${ROOT}/persons/{person_id}/look`, { ...path({ person_id: id }), body: { purpose, fields } })),
  timeline: (id: Id) => as<R.PersonEvent[]>(GET(`${ROOT}/persons/{person_id}/timeline`, path({ person_id: id }))),
  looks: (id: Id) => as<R.LookOut[]>(GET(`${ROOT}/persons/{person_id}/looks`, path({ person_id: id }))),
  move: (id: Id, body: Form) => as<R.PersonOut>(POST(`${ROOT}/persons/{person_id}/move`, { ...path({ person_id: id }), body })),
  leave: (id: Id, body: Form) => as<R.PersonOut>(POST(`${ROOT}/persons/{person_id}/leave`, { ...path({ person_id: id }), body })),
  confirm: (id: Id, body: Form) =>
    as<R.PersonOut>(POST(`${ROOT}/persons/{person_id}/confirm`, { ...path({ person_id: id }), body })),
  addTag: (id: Id, body: Form) => as<unknown>(POST(`${ROOT}/persons/{person_id}/tags`, { ...path({ person_id: id }), body })),
  endTag: (id: Id, tag: Id, body: Form) =>
    as<unknown>(DELETE(`${ROOT}/persons/{person_id}/tags/{tag_id}`, { ...path({ person_id: id, tag_id: tag }), body })),
  reviewTag: (id: Id, tag: Id, body: Form) =>
    as<unknown>(PATCH(`${ROOT}/persons/{person_id}/tags/{tag_id}`, { ...path({ person_id: id, tag_id: tag }), body })),
  addRelation: (id: Id, body: Form) =>
    as<unknown>(POST(`${ROOT}/persons/{person_id}/relations`, { ...path({ person_id: id }), body })),

  statistics: (values: object) => as<R.StatisticsOut>(GET(`${ROOT}/statistics`, query(values))),
}

export const sheetsApi = {
  list: () => as<R.Page<R.SheetRun>>(GET(`${ROOT}/imports`)),
  one: (id: Id) => as<R.SheetRun>(GET(`${ROOT}/imports/{import_id}`, path({ import_id: id }))),
  upload: (file: File, kind: string, source: string) => as<R.SheetRun>(POST(`${ROOT}/imports`, upload(file, { kind, source }))),
  map: (id: Id, mapping: Record<string, string>) =>
    as<R.SheetRun>(PATCH(`${ROOT}/imports/{import_id}`, { ...path({ import_id: id }), body: { mapping } })),
  preview: (id: Id) => as<R.SheetPreview>(GET(`${ROOT}/imports/{import_id}/preview`, path({ import_id: id }))),
  run: (id: Id) => as<R.SheetRun>(POST(`${ROOT}/imports/{import_id}/run`, path({ import_id: id }))),
  rows: (id: Id, values: object) =>
    as<R.Page<R.SheetRow>>(GET(`${ROOT}/imports/{import_id}/rows`, { params: { path: { import_id: id }, query: given(values) } })),
  decide: (id: Id, row: Id, decision: string) =>
    as<R.SheetRow>(POST(`${ROOT}/imports/{import_id}/rows/{row_id}`, { ...path({ import_id: id, row_id: row }), body: { decision } })),
  resultUrl: (id: Id) => `${BASE}/registry/imports/${id}/result.xlsx`,
  templateUrl: (kind: string) => `${BASE}/registry/templates/${kind}.xlsx`,
}

export const governanceApi = {
  exports: () => as<R.Page<R.ExportOut>>(GET(`${ROOT}/exports`)),
  askExport: (body: Form) => as<R.ExportOut>(POST(`${ROOT}/exports`, { body })),
  decideExport: (id: Id, agreed: boolean, reason: string) =>
    as<R.ExportOut>(POST(`${ROOT}/exports/{export_id}/decision`, { ...path({ export_id: id }), body: { agreed, reason } })),
  exportUrl: (id: Id) => `${BASE}/registry/exports/${id}/file`,
  requests: (values: object = {}) => as<R.Page<R.RequestOut>>(GET(`${ROOT}/requests`, query(values))),
  ask: (body: Form) => as<R.RequestOut>(POST(`${ROOT}/requests`, { body })),
  decide: (id: Id, state: string, reason: string) =>
    as<R.RequestOut>(POST(`${ROOT}/requests/{request_id}/decision`, { ...path({ request_id: id }), body: { state, reason } })),
  ledger: (area?: Id) => as<R.LedgerOut>(GET(`${ROOT}/requests/ledger`, query({ area }))),
}

/** Lists of one shape: estates, premises, organisations, components, devices. */
export type PlaceKind = 'estates' | 'premises' | 'organisations' | 'components' | 'devices'
export const thingsApi = {
  list: (kind: PlaceKind, values: object, signal?: AbortSignal) =>
    as<R.Page<R.Thing>>(GET(`${ROOT}/${kind}`, query(values, signal))),
  one: (kind: PlaceKind, id: Id) => as<R.Thing>(GET(`${ROOT}/${kind}/${id}`)),
  create: (kind: PlaceKind, body: Form) => as<R.Thing>(POST(`${ROOT}/${kind}`, { body })),
  change: (kind: PlaceKind, id: Id, body: Form) => as<R.Thing>(PATCH(`${ROOT}/${kind}/${id}`, { body })),
  estate: (id: Id) => as<R.EstateOut>(GET(`${ROOT}/estates/{estate_id}`, path({ estate_id: id }))),
  lookAtService: (estate: Id, service: Id, purpose: string) =>
    as<R.Contact>(POST(`${ROOT}/estates/{estate_id}/services/{service_id}/look`, { ...path({ estate_id: estate, service_id: service }), body: { purpose } })),
  serve: (id: Id, body: Form) => as<unknown>(POST(`${ROOT}/estates/{estate_id}/services`, { ...path({ estate_id: id }), body })),
}

export const casesOfBuilding = (building: Id): string => `/cases${queryString({ building })}`
