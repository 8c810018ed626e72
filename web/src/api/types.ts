/** The API's documents, as the contract of /api/v1 has them. */

export type Id = string
export type Timestamp = string
export type Position = [number, number]

export interface Page<Row> {
  items: Row[]
  next: string | null
  total: number | null
}

export type CaseState =
  | 'submitted' | 'accepted' | 'registered' | 'dispatched' | 'handled' | 'verified' | 'closed'
  | 'reopened' | 'carried_over' | 'cancelled' | 'merged'
export type OrderState = 'assigned' | 'acknowledged' | 'done' | 'sent_back' | 'withdrawn'
export type ResponderState = 'called' | 'reported_in' | 'done' | 'ended'
export type WhistleKind = 'beyond_powers' | 'joint' | 'emergency'
export type Urgency = 'normal' | 'urgent' | 'danger'
export type Card = '' | 'yellow' | 'red'
export type ClockState = 'running' | 'paused' | 'met' | 'late' | 'cancelled'
export type UnitKind = 'district' | 'command' | 'department' | 'subdistrict' | 'community' | 'grid_team' | 'company'
export type Phase = 'report' | 'handle' | 'verify' | 'whistle'
export type LimitUnit = 'urgent_hours' | 'working_hours' | 'working_days' | 'natural_days' | 'natural_hours'
export type Coordinates = 'WGS84' | 'CGCS2000' | 'GCJ02' | 'BD09'

export interface Named {
  id: Id
  name: string
}

export interface FieldError {
  at: string
  zh: string
  en: string
}

export interface ProblemBody {
  type: string
  status: number
  code: string
  title: string
  title_en: string
  detail: string
  detail_en: string
  errors?: FieldError[]
  /** Members of a conflict: who was first. */
  by?: string
  at?: Timestamp
  action?: string
  current_version?: number
  permission?: string
  retry_after?: number
}

/* Session */

export interface Post {
  id: Id
  title: string
  unit: { id: Id; name: string; kind: UnitKind }
  area: { id: Id; name: string; level: number; lon: number | null; lat: number | null } | null
  role: string
  role_name: string
  role_name_en: string
}

export interface District {
  code: string
  name: string
  center: Position
  bbox: [number, number, number, number]
}

export interface Session {
  user: { id: Id; name: string; username: string; big_text: boolean; language: 'zh' | 'en' } | null
  post: Post | null
  stand_in_id: Id | null
  posts: Post[]
  acting_for: { stand_in_id: Id; name: string; post: Post }[]
  permissions: string[]
  mode: 'development' | 'demo' | 'production'
  district: District | null
  demo: boolean
}

export interface DemoAccount {
  username: string
  name: string
  role: string
  role_name: string
  unit: string
  does_zh: string
  does_en: string
  page: string
}

/* Areas */

export interface AreaRow {
  id: Id
  level: number
  code: string
  name: string
  kind: string
  parent_id: Id | null
  households: number | null
  area_km2: number | null
  lon: number | null
  lat: number | null
  children: number
  boundary_status: 'none' | 'demonstration' | 'declared' | 'surveyed'
}

export interface AreaFeature {
  type: 'Feature'
  id?: string | number
  properties: { id: Id; code: string; name: string; level: number }
  geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon
}

export interface AreaCollection {
  type: 'FeatureCollection'
  features: AreaFeature[]
}

export interface Located {
  answer: 'inside' | 'boundary' | 'overlap' | 'outside' | 'hole'
  grid: AreaRow | null
  community: AreaRow | null
  subdistrict: AreaRow | null
  district: AreaRow | null
  candidates: AreaRow[]
}

/* Organisation */

export interface UnitRow {
  id: Id
  code: string
  name: string
  short_name: string
  kind: UnitKind
  parent_id: Id | null
  area_id: Id | null
}

export interface UserPost {
  id: Id
  title: string
  unit_id: Id
  unit_name: string
  role: string
  role_name: string
  scope: string
  area_id: Id | null
}

export interface UserRow {
  id: Id
  username: string
  name: string
  /** Masked. */
  phone: string
  active: boolean
  lockout_exempt: boolean
  last_login: Timestamp | null
  posts: UserPost[]
}

export interface PostIn {
  unit_id: Id
  role: string
  title?: string
  scope?: string
  area_id?: Id | null
}

export interface UserIn {
  username: string
  name: string
  phone?: string
  password?: string | null
  lockout_exempt?: boolean
  posts?: PostIn[]
}

export interface UserChange extends Partial<Omit<UserIn, 'username'>> {
  active?: boolean
}

export interface Role {
  id: Id
  code: string
  name: string
  name_en: string
  scope: string
  separation: string
  permissions: string[]
}

export interface StandIn {
  id: Id
  post_id: Id
  post_title: string
  unit_name: string
  away_name: string
  user_id: Id
  user_name: string
  starts: Timestamp
  ends: Timestamp
  reason: string
}

export interface ChannelCredential {
  id: Id
  name: string
  channel: string
  unit_id: Id
  permissions: string[]
  active: boolean
  expires_at: Timestamp | null
  created_at: Timestamp
}

/* Responsibility */

export interface Category {
  id: Id
  code: string
  kind: 'component' | 'matter' | 'request'
  name: string
  name_en: string
  leaf: boolean
  children: Category[]
}

export interface Limit {
  step: string
  value: number
  unit: LimitUnit
}

export interface Entry {
  id: Id
  item: string
  category: { code: string; name: string }
  area: Named | null
  list_kind: 'basic' | 'supporting' | 'taken_back'
  level: number
  lead_rule: 'unit' | 'subdistrict' | 'community' | 'grid'
  lead_unit: Named | null
  supports: { rule: string; code?: string; name?: string }[]
  first_actor: string
  clause: string
  limits: Limit[]
  note: string
}

export interface ResponsibilityList {
  id: Id
  version: string
  title: string
  valid_from: string
  valid_to: string | null
  confirmed: boolean
  source: string
  entries?: number
}

export interface Explanation {
  steps: { zh: string; en: string }[]
  considered?: { item?: string; clause?: string; zh?: string; en?: string }[]
}

export interface Owner {
  problem: null | 'hole' | 'overlap'
  lead_unit: Named | null
  support_units: Named[]
  first_unit: Named | null
  level: number
  limits: Limit[]
  clause: string
  entry: Entry | null
  explanation: Explanation
}

export interface OwnersCheck {
  checked: number
  holes: { category: string; category_name?: string; area?: string; area_name?: string; zh?: string; en?: string }[]
  overlaps: { category: string; category_name?: string; area?: string; area_name?: string; zh?: string; en?: string }[]
}

export interface Channel {
  code: string
  name: string
  name_en: string
}

/* Cases */

export interface CaseIn {
  title: string
  description?: string
  category?: string
  channel?: string
  urgency?: Urgency
  address?: string
  lon?: number
  lat?: number
  crs?: Coordinates
  area?: Id
  reporter_name?: string
  reporter_phone?: string
  source_ref?: string
  claimed_at?: Timestamp
  attachments?: Id[]
  on_the_spot?: boolean
  result?: string
}

export interface CaseRow {
  id: Id
  number: string
  version: number
  title: string
  state: CaseState
  state_name: string
  urgency: Urgency
  category: { code: string; name: string } | null
  channel: string
  address: string
  area: { id: Id; name: string; path: string } | null
  lead_unit: Named | null
  submitted_at: Timestamp
  due_at: Timestamp | null
  card: Card
  remaining_minutes: number | null
  send_backs: number
  reopens: number
  supervised: boolean
  needs_human: string
  todo: string[]
}

export interface NearbyCase extends CaseRow {
  distance_m: number | null
  reason: string
}

export interface Clock {
  id: Id
  kind: string
  label: string
  kind_name: string
  unit: Named | null
  state: ClockState
  state_name: string
  started_at: Timestamp
  due_at: Timestamp
  stopped_at: Timestamp | null
  limit: string
  remaining_minutes: number | null
  card: Card
  caution: string
  pauses: [Timestamp, Timestamp | null][]
}

export interface WorkOrder {
  id: Id
  unit: Named
  lead: boolean
  state: OrderState
  state_name: string
  assignee: Named | null
  instruction: string
  assigned_at: Timestamp
  acknowledged_at: Timestamp | null
  done_at: Timestamp | null
  done_by: string | null
  result: string
  stage: number
  send_back_code: string
  send_back_reason: string
  due_at: Timestamp | null
}

export interface Responder {
  id: Id
  unit: Named
  state: ResponderState
  state_name: string
  due_at: Timestamp
  reported_in_at: Timestamp | null
  late: boolean
  contribution: string
  grade: number | null
  grade_comment: string
}

export interface WhistleOut {
  id: Id
  case: { id: Id; number: string; title: string }
  kind: WhistleKind
  kind_name: string
  caller_unit: Named
  message: string
  place: string
  called_at: Timestamp
  ended_at: Timestamp | null
  outcome: string
  responders: Responder[]
  actions: Action[]
}

export interface Attachment {
  id: Id
  phase: Phase
  name: string
  content_type: string
  url: string
  thumbnail_url: string
  width: number | null
  height: number | null
  uploaded_at: Timestamp
}

export interface LogEntry {
  seq: number
  at: Timestamp
  action: string
  action_name: string
  actor_name: string
  on_behalf_of: string | null
  unit: string | null
  text: string
  data: Record<string, unknown>
}

export type FieldType =
  | 'text' | 'textarea' | 'units' | 'unit' | 'category' | 'area' | 'user' | 'number' | 'select' | 'rating'
  | 'attachments' | 'case' | 'date' | 'boolean'

export interface ActionField {
  name: string
  type: FieldType
  label: string
  label_en: string
  required: boolean
  options?: { value: string; label: string; label_en: string }[] | null
  default?: unknown
  hint?: string | null
}

export interface Action {
  step: string
  label: string
  label_en: string
  permission: string
  needs_reason: boolean
  danger: boolean
  fields: ActionField[]
}

export interface CaseOut extends CaseRow {
  description: string
  lon: number | null
  lat: number | null
  placed_by: string
  building: Named | null
  clause: string
  routing: Partial<Explanation>
  level: number
  source_ref: string
  on_the_spot: boolean
  history: boolean
  claimed_at: Timestamp | null
  registered_at: Timestamp | null
  handled_at: Timestamp | null
  closed_at: Timestamp | null
  closed_in_time: boolean | null
  extended: boolean
  calls: number
  reached: boolean
  needs_ruling: boolean
  rating: number | null
  rating_process: number | null
  reporter: { name_masked: string; phone_masked: string } | null
  parent: CaseRow | null
  children: CaseRow[]
  merged_into: CaseRow | null
  clocks: Clock[]
  work_orders: WorkOrder[]
  whistles: WhistleOut[]
  attachments: Attachment[]
  log: LogEntry[]
  actions: Action[]
}

export type CaseView = 'all' | 'todo' | 'done' | 'mine' | 'queue'

export interface CaseFilters {
  view?: CaseView
  state?: string
  category?: string
  area?: Id
  unit?: Id
  channel?: string
  urgency?: string
  card?: string
  overdue?: boolean
  q?: string
  from?: string
  to?: string
  sort?: string
}

export interface Counts {
  todo: number
  done: number
  mine: number
  queue: number
  whistles: number
  cards: { yellow: number; red: number }
}

export interface SavedView {
  id: Id
  name: string
  filters: CaseFilters
}

/* Live */

export interface LiveEvent {
  seq: number
  action: string
  case_id: Id
  number: string
  state: CaseState
  lon: number | null
  lat: number | null
  title: string
}

export interface Situation {
  today: { submitted: number; closed: number; on_the_spot: number }
  open: number
  overdue: number
  cards: { yellow: number; red: number }
  by_state: { state: CaseState; name: string; count: number }[]
  by_subdistrict: { area_id: Id; name: string; open: number; overdue: number; closed_today: number }[]
  by_category: { code: string; name: string; count: number }[]
  by_channel: { code: string; name: string; count: number }[]
  hours: number[]
  rates: { on_time: number | null; satisfaction: number | null; response: number | null }
  whistles_open: WhistleOut[]
  latest: CaseRow[]
  points: [number, number, CaseState][]
}

/* Imports */

export interface ImportOut {
  id: Id
  filename: string
  channel: string
  state: 'previewed' | 'running' | 'done' | 'failed'
  state_name: string
  mapping: Record<string, string>
  options: Record<string, unknown>
  total: number
  created: number
  duplicate: number
  queued: number
  failed: number
  message: string
  at: Timestamp
  finished_at: Timestamp | null
}

export interface ImportField {
  name: string
  zh: string
  en: string
  required: boolean
  history: boolean
}

export interface ImportPreview extends ImportOut {
  columns: string[]
  sample: string[][]
  problems: (FieldError & { row?: string })[]
  problem_rows: number
  fields: ImportField[]
}

/* Calendar */

export interface CalendarDay {
  date: string
  working: boolean
  name: string
  entered: boolean
}

export interface CalendarOut {
  code: string
  name: string
  timezone: string
  duty: [string, string][]
  years: Record<string, string>
  year: number
  published: boolean
  days: CalendarDay[]
}

/* Audit */

export interface AuditEntry {
  seq: number
  subject_type: string
  subject_id: Id
  number: number
  at: Timestamp
  action: string
  actor_name: string
  on_behalf_of: string | null
  unit: string | null
  data: Record<string, unknown>
  hash: string
}

export interface AuditVerdict {
  ok: boolean
  checked: number
  broken: { subject_type: string; subject_id: Id; number: number; zh: string; en: string }[]
}

export interface Look {
  id: Id
  at: Timestamp
  actor_name: string
  subject_type: string
  subject_id: Id
  fields: string[]
  purpose: string
  address: string | null
}

/* Public */

export interface PublicReportIn {
  title: string
  description?: string
  category?: string
  address?: string
  lon?: number
  lat?: number
  crs?: Coordinates
  reporter_name?: string
  reporter_phone?: string
  attachments?: Id[]
}

export interface PublicReport {
  number: string
  title: string
  state: CaseState
  state_name: string
  submitted_at: Timestamp
  promise_due: Timestamp | null
  late: boolean
  unit: string | null
  steps: { at: Timestamp; text: string; text_en: string }[]
  can_rate: boolean
  rated: number | null
}
