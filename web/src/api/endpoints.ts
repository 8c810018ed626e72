import { BASE, http, queryString } from './http'
import type * as T from './types'

interface Cursor {
  cursor?: string
  limit?: number
}

export const sessionApi = {
  read: () => http.get<T.Session>('/session'),
  signIn: (username: string, password: string) => http.post<T.Session>('/session', { username, password }),
  signOut: () => http.delete('/session'),
  switchTo: (choice: { post_id: T.Id } | { stand_in_id: T.Id }) => http.post<T.Session>('/session/post', choice),
  prefer: (choice: { big_text?: boolean; language?: 'zh' | 'en' }) => http.patch<T.Session>('/session', choice),
  demoAccounts: () => http.get<T.DemoAccount[]>('/demo-accounts'),
}

export const areasApi = {
  list: (query: { level?: number; parent?: T.Id; q?: string; at?: string } & Cursor = {}) =>
    http.get<T.Page<T.AreaRow>>('/areas', query),
  one: (id: T.Id) => http.get<T.AreaRow>(`/areas/${id}`),
  geojson: (level: number, within?: T.Id) => http.get<T.AreaCollection>('/areas/geojson', { level, within }),
  locate: (lon: number, lat: number) => http.get<T.Located>('/areas/locate', { lon, lat }),
  find: (q: string, signal?: AbortSignal) => http.get<T.AreaRow[]>('/areas/find', { q }, signal),
  upload: (file: File, crs: T.Coordinates, dryRun: boolean) =>
    http.upload<{ created: number; errors: T.FieldError[] }>('/areas/import', file, { crs, dry_run: String(dryRun) }),
}

export const orgApi = {
  units: (query: { kind?: string; q?: string; area?: T.Id } & Cursor = {}, signal?: AbortSignal) =>
    http.get<T.Page<T.UnitRow>>('/units', query, signal),
  unit: (id: T.Id) => http.get<T.UnitRow>(`/units/${id}`),
  users: (query: { unit?: T.Id; q?: string } & Cursor = {}, signal?: AbortSignal) =>
    http.get<T.Page<T.UserRow>>('/users', query, signal),
  createUser: (user: T.UserIn) => http.post<T.UserRow & { first_password: string }>('/users', user),
  changeUser: (id: T.Id, change: T.UserChange) => http.patch<T.UserRow>(`/users/${id}`, change),
  roles: () => http.get<T.Role[]>('/roles'),
  standIns: () => http.get<T.StandIn[]>('/stand-ins'),
  createStandIn: (standIn: { post_id: T.Id; user_id: T.Id; starts: string; ends: string; reason: string }) =>
    http.post<T.StandIn>('/stand-ins', standIn),
  removeStandIn: (id: T.Id) => http.delete(`/stand-ins/${id}`),
  credentials: () => http.get<T.ChannelCredential[]>('/channel-credentials'),
  createCredential: (credential: { name: string; channel: string; unit_id: T.Id; expires_at?: string | null }) =>
    http.post<T.ChannelCredential & { secret: string }>('/channel-credentials', credential),
  removeCredential: (id: T.Id) => http.delete(`/channel-credentials/${id}`),
}

export const responsibilityApi = {
  categories: () => http.get<T.Category[]>('/categories'),
  entries: (query: { category?: string; unit?: T.Id; list_kind?: string; q?: string } & Cursor) =>
    http.get<T.Page<T.Entry>>('/responsibility/entries', query),
  lists: () => http.get<T.ResponsibilityList[]>('/responsibility/lists'),
  owner: (query: { category: string; area?: T.Id; lon?: number; lat?: number }) =>
    http.get<T.Owner>('/responsibility/owner', query),
  check: () => http.get<T.OwnersCheck>('/responsibility/check'),
}

export const casesApi = {
  list: (filters: T.CaseFilters & Cursor, signal?: AbortSignal) =>
    http.get<T.Page<T.CaseRow>>('/cases', filters, signal),
  counts: () => http.get<T.Counts>('/cases/counts'),
  one: (id: T.Id) => http.get<T.CaseOut>(`/cases/${id}`),
  create: (draft: T.CaseIn, idempotencyKey: string) => http.post<T.CaseOut>('/cases', draft, { idempotencyKey }),
  nearby: (query: { lon?: number; lat?: number; category?: string; text?: string }, signal?: AbortSignal) =>
    http.get<T.NearbyCase[]>('/cases/nearby', query, signal),
  step: (id: T.Id, step: string, body: { version: number; reason?: string } & Record<string, unknown>) =>
    http.post<T.CaseOut>(`/cases/${id}/steps/${step}`, body),
  look: (id: T.Id, purpose: string) =>
    http.post<{ reporter_name: string; reporter_phone: string }>(`/cases/${id}/look`, { purpose }),
  exportUrl: (filters: T.CaseFilters) => `${BASE}/cases/export.xlsx${queryString(filters)}`,
  attach: (file: Blob, phase: T.Phase, name?: string) =>
    http.upload<Pick<T.Attachment, 'id' | 'url' | 'thumbnail_url'>>('/attachments', file, { phase }, name),
  channels: () => http.get<T.Channel[]>('/channels'),
}

export const whistlesApi = {
  list: (view: 'open' | 'mine' | 'ended') => http.get<T.Page<T.WhistleOut>>('/whistles', { view, limit: 100 }),
  step: (id: T.Id, step: string, body: Record<string, unknown>) =>
    http.post<T.WhistleOut>(`/whistles/${id}/steps/${step}`, body),
}

export const viewsApi = {
  list: () => http.get<T.Page<T.SavedView>>('/views'),
  save: (name: string, filters: T.CaseFilters) => http.post<T.SavedView>('/views', { name, filters }),
  remove: (id: T.Id) => http.delete(`/views/${id}`),
}

export const commandApi = {
  situation: () => http.get<T.Situation>('/situation'),
  liveUrl: `${BASE}/live`,
}

export const importsApi = {
  list: () => http.get<T.ImportOut[]>('/intake/imports'),
  one: (id: T.Id) => http.get<T.ImportOut>(`/intake/imports/${id}`),
  upload: (file: File, channel: string, mapping?: Record<string, string>, options?: Record<string, unknown>) =>
    http.upload<T.ImportPreview>('/intake/imports', file, {
      channel,
      ...(mapping ? { mapping: JSON.stringify(mapping) } : {}),
      ...(options ? { options: JSON.stringify(options) } : {}),
    }),
  run: (id: T.Id) => http.post<T.ImportOut>(`/intake/imports/${id}/run`),
  resultUrl: (id: T.Id) => `${BASE}/intake/imports/${id}/result.xlsx`,
}

export const calendarsApi = {
  year: (code: string, year: number) => http.get<T.CalendarOut>(`/calendars/${code}`, { year }),
  setDay: (code: string, day: { date: string; working: boolean; name: string }) =>
    http.put<T.CalendarOut>(`/calendars/${code}/days`, day),
}

export const auditApi = {
  entries: (query: { subject?: string; actor?: string; action?: string; from?: string; to?: string } & Cursor) =>
    http.get<T.Page<T.AuditEntry>>('/audit/entries', query),
  verify: () => http.get<T.AuditVerdict>('/audit/verify'),
  looks: (query: Cursor = {}) => http.get<T.Page<T.Look>>('/audit/looks', query),
}

export const publicApi = {
  categories: () => http.get<T.Category[]>('/public/categories'),
  estates: (q: string, signal?: AbortSignal) => http.get<T.Named[]>('/public/estates', { q }, signal),
  report: (report: T.PublicReportIn, idempotencyKey: string) =>
    http.post<{ token: string; number: string }>('/public/reports', report, { idempotencyKey }),
  attach: (file: Blob, name?: string) =>
    http.upload<Pick<T.Attachment, 'id' | 'url' | 'thumbnail_url'>>('/public/attachments', file, {}, name),
  follow: (token: string) => http.get<T.PublicReport>(`/public/reports/${token}`),
  rate: (token: string, rating: { rating: number; rating_process: number; comment: string }) =>
    http.post<T.PublicReport>(`/public/reports/${token}/rating`, rating),
}
