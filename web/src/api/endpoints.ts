import { BASE, client, given, keyed, of, queryString, upload } from './http'
import type * as T from './types'

const query = <Query extends object>(values: Query) => ({ params: { query: given(values) } })

export const sessionApi = {
  read: () => of(client.GET('/api/v1/session')),
  signIn: (username: string, password: string) => of(client.POST('/api/v1/session', { body: { username, password } })),
  signOut: () => of(client.DELETE('/api/v1/session')),
  switchTo: (choice: { post_id: T.Id } | { stand_in_id: T.Id }) => of(client.POST('/api/v1/session/post', { body: choice })),
  prefer: (choice: { big_text?: boolean; language?: 'zh' | 'en' }) => of(client.PATCH('/api/v1/session', { body: choice })),
  demoAccounts: () => of(client.GET('/api/v1/demo-accounts')),
}

export const areasApi = {
  list: (values: T.QueryOf<'/api/v1/areas'> = {}) => of(client.GET('/api/v1/areas', query(values))),
  one: (id: T.Id) => of(client.GET('/api/v1/areas/{area_id}', { params: { path: { area_id: id } } })),
  geojson: (level: number, within?: T.Id) =>
    of(client.GET('/api/v1/areas/geojson', query({ level, within }))) as Promise<unknown> as Promise<T.AreaCollection>,
  locate: (lon: number, lat: number) => of(client.GET('/api/v1/areas/locate', { params: { query: { lon, lat } } })),
  find: (q: string, signal?: AbortSignal) => of(client.GET('/api/v1/areas/find', { params: { query: { q } }, signal })),
}

export const orgApi = {
  units: (values: T.QueryOf<'/api/v1/units'> = {}, signal?: AbortSignal) =>
    of(client.GET('/api/v1/units', { ...query(values), signal })),
  unit: (id: T.Id) => of(client.GET('/api/v1/units/{unit_id}', { params: { path: { unit_id: id } } })),
  users: (values: T.QueryOf<'/api/v1/users'> = {}, signal?: AbortSignal) =>
    of(client.GET('/api/v1/users', { ...query(values), signal })),
  createUser: (user: T.UserIn) => of(client.POST('/api/v1/users', { body: user })),
  changeUser: (id: T.Id, change: T.UserChange) =>
    of(client.PATCH('/api/v1/users/{user_id}', { params: { path: { user_id: id } }, body: change })),
  roles: () => of(client.GET('/api/v1/roles')),
  standIns: () => of(client.GET('/api/v1/stand-ins')),
  createStandIn: (standIn: { post_id: T.Id; user_id: T.Id; starts: string; ends: string; reason: string }) =>
    of(client.POST('/api/v1/stand-ins', { body: standIn })),
  removeStandIn: (id: T.Id) => of(client.DELETE('/api/v1/stand-ins/{stand_in_id}', { params: { path: { stand_in_id: id } } })),
  credentials: () => of(client.GET('/api/v1/channel-credentials')),
  createCredential: (credential: { name: string; channel: string; unit_id: T.Id; expires_at?: string | null }) =>
    of(client.POST('/api/v1/channel-credentials', { body: credential })),
  removeCredential: (id: T.Id) =>
    of(client.DELETE('/api/v1/channel-credentials/{credential_id}', { params: { path: { credential_id: id } } })),
}

export const responsibilityApi = {
  categories: () => of(client.GET('/api/v1/categories')),
  entries: (values: T.QueryOf<'/api/v1/responsibility/entries'>) =>
    of(client.GET('/api/v1/responsibility/entries', query(values))),
  lists: () => of(client.GET('/api/v1/responsibility/lists')),
  owner: (values: T.QueryOf<'/api/v1/responsibility/owner'>) => of(client.GET('/api/v1/responsibility/owner', query(values))),
  check: () => of(client.GET('/api/v1/responsibility/check')),
}

export const casesApi = {
  list: (values: T.QueryOf<'/api/v1/cases'>, signal?: AbortSignal) =>
    of(client.GET('/api/v1/cases', { ...query(values), signal })),
  counts: () => of(client.GET('/api/v1/cases/counts')),
  one: (id: T.Id) => of(client.GET('/api/v1/cases/{case_id}', { params: { path: { case_id: id } } })),
  create: (draft: T.CaseIn, idempotencyKey: string) =>
    of(client.POST('/api/v1/cases', { params: keyed(idempotencyKey), body: draft })),
  nearby: (values: T.QueryOf<'/api/v1/cases/nearby'>, signal?: AbortSignal) =>
    of(client.GET('/api/v1/cases/nearby', { ...query(values), signal })),
  step: (id: T.Id, step: string, body: { version: number; reason?: string } & Record<string, unknown>) =>
    of(client.POST('/api/v1/cases/{case_id}/steps/{step}', { params: { path: { case_id: id, step } }, body })),
  look: (id: T.Id, purpose: string) =>
    of(client.POST('/api/v1/cases/{case_id}/look', { params: { path: { case_id: id } }, body: { purpose } })),
  exportUrl: (filters: T.CaseFilters) => `${BASE}/cases/export.xlsx${queryString(filters)}`,
  attach: (file: Blob, phase: T.Phase, name?: string) =>
    of(client.POST('/api/v1/attachments', upload(file, { phase }, name))),
  channels: () => of(client.GET('/api/v1/channels')),
}

export const whistlesApi = {
  list: (view: 'open' | 'mine' | 'ended') => of(client.GET('/api/v1/whistles', { params: { query: { view } } })),
  step: (id: T.Id, step: string, body: Record<string, unknown>) =>
    of(
      client.POST('/api/v1/whistles/{whistle_id}/steps/{step}', {
        params: { path: { whistle_id: id, step: step as 'report_in' | 'contribute' | 'grade' | 'end' } },
        body,
      }),
    ),
}

export const viewsApi = {
  list: () => of(client.GET('/api/v1/views')),
  save: (name: string, filters: Record<string, string>) => of(client.POST('/api/v1/views', { body: { name, filters } })),
  remove: (id: T.Id) => of(client.DELETE('/api/v1/views/{view_id}', { params: { path: { view_id: id } } })),
}

export const commandApi = {
  situation: () => of(client.GET('/api/v1/situation')),
  liveUrl: `${BASE}/live`,
}

export const importsApi = {
  list: () => of(client.GET('/api/v1/intake/imports')),
  one: (id: T.Id) => of(client.GET('/api/v1/intake/imports/{import_id}', { params: { path: { import_id: id } } })),
  upload: (file: File, channel: string, mapping?: Record<string, string>, options?: object) =>
    of(
      client.POST(
        '/api/v1/intake/imports',
        upload(file, {
          channel,
          mapping: mapping && JSON.stringify(mapping),
          options: options && JSON.stringify(options),
        }),
      ),
    ),
  run: (id: T.Id) => of(client.POST('/api/v1/intake/imports/{import_id}/run', { params: { path: { import_id: id } } })),
  resultUrl: (id: T.Id) => `${BASE}/intake/imports/${id}/result.xlsx`,
}

export const calendarsApi = {
  all: () => of(client.GET('/api/v1/calendars')),
  year: (code: string, year: number) =>
    of(client.GET('/api/v1/calendars/{code}', { params: { path: { code }, query: { year } } })),
  setDay: (code: string, day: { date: string; working: boolean; name: string }) =>
    of(client.PUT('/api/v1/calendars/{code}/days', { params: { path: { code } }, body: day })),
  publish: (code: string, year: number, body: { source: string; days: { date: string; working: boolean; name: string }[] }) =>
    of(client.PUT('/api/v1/calendars/{code}/years/{year}', { params: { path: { code, year } }, body })),
  due: (code: string, query: { limit: string; start: string }) =>
    of(client.GET('/api/v1/calendars/{code}/due', { params: { path: { code }, query } })),
}

export const auditApi = {
  entries: (values: T.QueryOf<'/api/v1/audit/entries'>) => of(client.GET('/api/v1/audit/entries', query(values))),
  verify: () => of(client.GET('/api/v1/audit/verify')),
  looks: (values: T.QueryOf<'/api/v1/audit/looks'> = {}) => of(client.GET('/api/v1/audit/looks', query(values))),
}

export const publicApi = {
  categories: () => of(client.GET('/api/v1/public/categories')),
  places: (q: string, signal?: AbortSignal) => of(client.GET('/api/v1/public/places', { params: { query: { q } }, signal })),
  report: (report: T.PublicReportIn, idempotencyKey: string) =>
    of(client.POST('/api/v1/public/reports', { params: keyed(idempotencyKey), body: report })),
  attach: (file: Blob, name?: string) => of(client.POST('/api/v1/public/attachments', upload(file, {}, name))),
  follow: (token: string) => of(client.GET('/api/v1/public/reports/{token}', { params: { path: { token } } })),
  rate: (token: string, rating: T.Rating) =>
    of(client.POST('/api/v1/public/reports/{token}/rating', { params: { path: { token } }, body: rating })),
}
