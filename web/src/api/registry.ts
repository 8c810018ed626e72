import { BASE, client, given, of, queryString, upload } from './http'
import type * as R from './registry-types'
import type { Id } from './types'

const query = <Query extends object>(values: Query, signal?: AbortSignal) => ({ params: { query: given(values) as never }, signal })
const path = <Path extends Record<string, Id>>(values: Path) => ({ params: { path: values } })
/** A form's values: what is wrong with them the server says by field. */
const form = (values: Form) => values as never
/** For what the document calls a plain object. */
const as = <Out>(reply: Promise<unknown>) => reply as Promise<Out>

export type Form = Record<string, unknown>

export const registryApi = {
  grid: (area?: Id) => of(client.GET('/api/v1/registry/grid', query({ area }))),
  vocabulary: () => of(client.GET('/api/v1/registry/vocabulary')),
  tagKinds: () => of(client.GET('/api/v1/registry/tag-kinds')),
  fields: () => of(client.GET('/api/v1/registry/fields')),
  /** By POST, so that no name or number stands in an address. */
  search: (q: string, values: { area?: Id; kind?: string } = {}, signal?: AbortSignal) =>
    as<R.Hit[]>(of(client.POST('/api/v1/registry/search', { body: form(given({ q, ...values })), signal }))),

  building: (id: Id) => of(client.GET('/api/v1/registry/buildings/{building_id}', path({ building_id: id }))),
  board: (id: Id) => of(client.GET('/api/v1/registry/buildings/{building_id}/board', path({ building_id: id }))),
  buildings: (values: object, signal?: AbortSignal) => of(client.GET('/api/v1/registry/buildings', query(values as never, signal))),
  createBuilding: (body: Form) => of(client.POST('/api/v1/registry/buildings', { body: form(body) })),
  changeBuilding: (id: Id, body: Form) =>
    of(client.PATCH('/api/v1/registry/buildings/{building_id}', { ...path({ building_id: id }), body: form(body) })),
  addEntrance: (id: Id, body: Form) =>
    of(client.POST('/api/v1/registry/buildings/{building_id}/entrances', { ...path({ building_id: id }), body: form(body) })),
  addDwellings: (id: Id, entrance: Id | null, labels: string[]) =>
    of(client.POST('/api/v1/registry/buildings/{building_id}/dwellings', { ...path({ building_id: id }), body: { entrance, labels } })),
  dwelling: (id: Id) => as<R.DwellingOut>(of(client.GET('/api/v1/registry/dwellings/{dwelling_id}', path({ dwelling_id: id })))),
  changeDwelling: (id: Id, body: Form) =>
    of(client.PATCH('/api/v1/registry/dwellings/{dwelling_id}', { ...path({ dwelling_id: id }), body: form(body) })),
  /** Join or split: these rooms end, those begin, whoever lives there moves over. */
  replaceDwellings: (building: Id, body: Form) =>
    of(client.POST('/api/v1/registry/buildings/{building_id}/dwellings/replace', { ...path({ building_id: building }), body: form(body) })),
  endDwelling: (id: Id, body: Form) =>
    of(client.DELETE('/api/v1/registry/dwellings/{dwelling_id}', { ...path({ dwelling_id: id }), body: form(body) })),
  removePhoto: (id: Id) => of(client.DELETE('/api/v1/registry/photos/{photo_id}', path({ photo_id: id }))),
  addPhoto: (subjectType: string, subjectId: Id, file: Blob, name?: string) =>
    of(client.POST('/api/v1/registry/photos', upload(file, { subject_type: subjectType, subject_id: subjectId }, name))),

  household: (id: Id) => as<R.HouseholdOut>(of(client.GET('/api/v1/registry/households/{household_id}', path({ household_id: id })))),
  createHousehold: (body: Form) => as<R.HouseholdOut>(of(client.POST('/api/v1/registry/households', { body: form(body) }))),
  changeHousehold: (id: Id, body: Form) =>
    as<R.HouseholdOut>(of(client.PATCH('/api/v1/registry/households/{household_id}', { ...path({ household_id: id }), body: form(body) }))),

  person: (id: Id) => as<R.PersonOut>(of(client.GET('/api/v1/registry/persons/{person_id}', path({ person_id: id })))),
  createPerson: (body: Form) => as<R.PersonOut>(of(client.POST('/api/v1/registry/persons', { body: form(body) }))),
  changePerson: (id: Id, body: Form) =>
    as<R.PersonOut>(of(client.PATCH('/api/v1/registry/persons/{person_id}', { ...path({ person_id: id }), body: form(body) }))),
  look: (id: Id, purpose: string, fields: string[]) =>
    as<R.PersonFull>(of(client.POST('/api/v1/registry/persons/{person_id}/look', { ...path({ person_id: id }), body: { purpose, fields } }))),
  timeline: (id: Id) => of(client.GET('/api/v1/registry/persons/{person_id}/timeline', path({ person_id: id }))),
  /** What is known already of an object, masked, with how fresh it is. */
  prefill: (object: string, id: Id, fields: string[]) =>
    as<Record<string, R.Known>>(of(client.POST('/api/v1/registry/prefill', { body: { object, id, fields } }))),
  looks: (id: Id) => of(client.GET('/api/v1/registry/persons/{person_id}/looks', path({ person_id: id }))),
  move: (id: Id, body: Form) => as<R.PersonOut>(of(client.POST('/api/v1/registry/persons/{person_id}/move', { ...path({ person_id: id }), body: form(body) }))),
  /** `other` becomes part of the person, who takes over what only `other` knew. */
  merge: (id: Id, body: Form) =>
    as<R.PersonOut>(of(client.POST('/api/v1/registry/persons/{person_id}/merge', { ...path({ person_id: id }), body: form(body) }))),
  doubles: (area?: Id) => of(client.GET('/api/v1/registry/doubles', query({ area }))),
  leave: (id: Id, body: Form) => as<R.PersonOut>(of(client.POST('/api/v1/registry/persons/{person_id}/leave', { ...path({ person_id: id }), body: form(body) }))),
  /** Everybody in a room still lives there: what a visit finds. */
  confirmLiving: (people: readonly { id: Id }[]) =>
    Promise.all(
      people.map((one) =>
        of(client.POST('/api/v1/registry/persons/{person_id}/confirm', { ...path({ person_id: one.id }), body: { groups: ['living'], source: '' } })),
      ),
    ),
  confirm: (id: Id, body: Form) =>
    as<R.PersonOut>(of(client.POST('/api/v1/registry/persons/{person_id}/confirm', { ...path({ person_id: id }), body: form(body) }))),
  addTag: (id: Id, body: Form) => of(client.POST('/api/v1/registry/persons/{person_id}/tags', { ...path({ person_id: id }), body: form(body) })),
  endTag: (id: Id, tag: Id, body: Form) =>
    of(client.DELETE('/api/v1/registry/persons/{person_id}/tags/{tag_id}', { ...path({ person_id: id, tag_id: tag }), body: form(body) })),
  reviewTag: (id: Id, tag: Id, body: Form) =>
    of(client.PATCH('/api/v1/registry/persons/{person_id}/tags/{tag_id}', { ...path({ person_id: id, tag_id: tag }), body: form(body) })),
  addRelation: (id: Id, body: Form) =>
    of(client.POST('/api/v1/registry/persons/{person_id}/relations', { ...path({ person_id: id }), body: form(body) })),
  endRelation: (id: Id, relation: Id) =>
    of(client.DELETE('/api/v1/registry/persons/{person_id}/relations/{relation_id}', path({ person_id: id, relation_id: relation }))),
  addTie: (id: Id, body: Form) =>
    of(client.POST('/api/v1/registry/persons/{person_id}/ties', { ...path({ person_id: id }), body: form(body) })),
  endTie: (id: Id, tie: Id, body: Form) =>
    of(client.DELETE('/api/v1/registry/persons/{person_id}/ties/{tie_id}', { ...path({ person_id: id, tie_id: tie }), body: form(body) })),

  statistics: (values: object) => of(client.GET('/api/v1/registry/statistics', query(values as never))),
}

export const sheetsApi = {
  list: () => of(client.GET('/api/v1/registry/imports')),
  one: (id: Id) => of(client.GET('/api/v1/registry/imports/{import_id}', path({ import_id: id }))),
  upload: (file: File, kind: string, source: string) => of(client.POST('/api/v1/registry/imports', upload(file, { kind, source }))),
  map: (id: Id, mapping: Record<string, string>) =>
    of(client.PATCH('/api/v1/registry/imports/{import_id}', { ...path({ import_id: id }), body: { mapping } })),
  preview: (id: Id) => of(client.GET('/api/v1/registry/imports/{import_id}/preview', path({ import_id: id }))),
  run: (id: Id) => of(client.POST('/api/v1/registry/imports/{import_id}/run', path({ import_id: id }))),
  rows: (id: Id, values: object) =>
    as<{ items: R.SheetRow[]; next: string | null; total: number | null }>(
      of(client.GET('/api/v1/registry/imports/{import_id}/rows', { params: { path: { import_id: id }, query: given(values) as never } })),
    ),
  decide: (id: Id, row: Id, decision: string) =>
    of(client.POST('/api/v1/registry/imports/{import_id}/rows/{row_id}', { ...path({ import_id: id, row_id: row }), body: form({ decision }) })),
  resultUrl: (id: Id) => `${BASE}/registry/imports/${id}/result.xlsx`,
  templateUrl: (kind: string) => `${BASE}/registry/templates/${kind}.xlsx`,
}

export const governanceApi = {
  exports: () => of(client.GET('/api/v1/registry/exports')),
  exportFields: () => of(client.GET('/api/v1/registry/exports/fields')),
  askExport: (body: Form) => of(client.POST('/api/v1/registry/exports', { body: form(body) })),
  decideExport: (id: Id, agreed: boolean, reason: string) =>
    of(client.POST('/api/v1/registry/exports/{export_id}/decision', { ...path({ export_id: id }), body: { agreed, reason } })),
  exportUrl: (id: Id) => `${BASE}/registry/exports/${id}/file`,
  requests: (values: object = {}) => of(client.GET('/api/v1/registry/requests', query(values as never))),
  ask: (body: Form) => of(client.POST('/api/v1/registry/requests', { body: form(body) })),
  decide: (id: Id, state: string, reason: string) =>
    of(client.POST('/api/v1/registry/requests/{request_id}/decision', { ...path({ request_id: id }), body: form({ state, reason }) })),
  ledger: (area?: Id) => of(client.GET('/api/v1/registry/requests/ledger', query({ area }))),
}

/** Lists of one shape: estates, premises, organisations, components, devices. */
export type PlaceKind = 'estates' | 'premises' | 'organisations' | 'components' | 'devices'
type Things = Promise<{ items: R.Thing[]; next: string | null; total: number | null }>
/* One path for each kind: the list, and one of it. */
const LISTS = {
  estates: '/api/v1/registry/estates',
  premises: '/api/v1/registry/premises',
  organisations: '/api/v1/registry/organisations',
  components: '/api/v1/registry/components',
  devices: '/api/v1/registry/devices',
} as const

export const thingsApi = {
  list: (kind: PlaceKind, values: object, signal?: AbortSignal) =>
    of(client.GET(LISTS[kind], query(values as never, signal))) as Promise<unknown> as Things,
  create: (kind: PlaceKind, body: Form) => as<R.Thing>(of(client.POST(LISTS[kind], { body: form(body) }))),
  change: (kind: PlaceKind, id: Id, body: Form) =>
    as<R.Thing>(of(client.PATCH(`${LISTS[kind]}/${id}` as never, { body: form(body) } as never))),
  /** `other` becomes part of the organisation and is deleted. */
  mergeOrganisations: (id: Id, body: Form) =>
    as<R.Thing>(of(client.POST(`/api/v1/registry/organisations/${id}/merge` as never, { body: form(body) } as never))),
  estate: (id: Id) => as<R.EstateOut>(of(client.GET('/api/v1/registry/estates/{estate_id}', path({ estate_id: id })))),
  lookAtService: (estate: Id, service: Id, purpose: string) =>
    of(
      client.POST('/api/v1/registry/estates/{estate_id}/services/{service_id}/look', {
        ...path({ estate_id: estate, service_id: service }), body: { purpose },
      }),
    ),
  serve: (id: Id, body: Form) =>
    of(client.POST('/api/v1/registry/estates/{estate_id}/services', { ...path({ estate_id: id }), body: form(body) })),
  endService: (estate: Id, service: Id, body: Form) =>
    of(
      client.DELETE('/api/v1/registry/estates/{estate_id}/services/{service_id}', {
        ...path({ estate_id: estate, service_id: service }), body: form(body),
      }),
    ),
}

export const correctionsApi = {
  list: (values: { view: string; state?: string; limit?: number; cursor?: string }) =>
    as<{ items: R.Correction[]; next: string | null; total: number }>(of(client.GET('/api/v1/registry/corrections' as never, query(values) as never))),
  look: (id: Id, purpose: string) =>
    as<{ field: string; known: string; given: string }>(
      of(client.POST(`/api/v1/registry/corrections/${id}/look` as never, { body: { purpose } } as never)),
    ),
  decide: (id: Id, body: Form) =>
    as<R.Correction>(of(client.POST(`/api/v1/registry/corrections/${id}/decision` as never, { body: form(body) } as never))),
}

/** What administrators see and order: numbers, never people. */
export const upkeepApi = {
  retention: () => of(client.GET('/api/v1/registry/retention')),
  runRetention: () => of(client.POST('/api/v1/registry/retention/run')),
  verifyRun: (run: Id) => of(client.GET('/api/v1/registry/retention/verify', query({ run }))),
  keys: () => of(client.GET('/api/v1/registry/keys')),
  reseal: () => of(client.POST('/api/v1/registry/keys/reseal')),
}

export const casesOfBuilding = (building: Id): string => `/cases${queryString({ building })}`
