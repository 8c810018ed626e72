/** The registry's documents under the names the pages use. */
import type { Id, Named, Timestamp } from './types'

export interface TagMark {
  kind: string
  name: string
}
export interface Page<Row> {
  items: Row[]
  next: string | null
  total: number | null
}

export interface GridBuilding {
  id: Id
  code: string
  name: string
  estate: string | null
  address: string
  lon: number
  lat: number
  dwellings: number
  households: number
  persons: number
  stale: number
}
export interface GridOut {
  area: { id: Id; name: string; code: string; level: number }
  counts: Record<string, number>
  tags: (TagMark & { count: number })[]
  stale: { persons: number; dwellings: number; households: number }
  buildings: GridBuilding[]
}

export interface BoardRoom {
  id: Id
  label: string
  use: string
  use_name: string
  households: number
  persons: number
  tags: TagMark[]
  stale: boolean
  vacant: boolean
}
export interface BuildingOut {
  id: Id
  code: string
  name: string
  estate: Named | null
  address: string
  kind: string
  lon: number
  lat: number
  area: { id: Id; name: string }
  floors_above: number | null
  floors_below: number
  built_year: number | null
  lifts: number
  version: number
}
export interface BoardOut {
  building: BuildingOut
  entrances: { id: Id | null; name: string; floors: { floor: number | null; label: string; dwellings: BoardRoom[] }[] }[]
}

export interface PersonRow {
  id: Id
  name: string
  sex: string
  birth_year: number | null
  age_band: string
  registration: string
  registration_name: string
  status: string
  status_name: string
  household_role: string
  role_name: string
  tags: TagMark[]
  phone: string
  stale: boolean
  version: number
}
export interface PlaceName {
  type: string
  id: Id
  name: string
}
export interface TieOut {
  id: Id
  kind: string
  kind_name: string
  place: PlaceName
  who?: PlaceName | null
  role: string
  valid_from: string | null
  valid_to: string | null
  source: string
}
export interface TagOut {
  id: Id
  kind: string
  name: string
  purpose: string
  legal_basis: string
  source: string
  since: string
  review_on: string
  expires_on: string
  unit: Named | null
}
export interface Fresh {
  at: Timestamp | null
  unit: string | null
  source: string | null
  fresh: boolean
}
export interface PersonOut extends PersonRow {
  id_kind: string
  id_number: string
  address: string
  dwelling: Named | null
  building: Named | null
  household: { id: Id; number: string } | null
  ties: TieOut[]
  relations: { id: Id; kind: string; kind_name: string; person: { id: Id; name: string } }[]
  tags: TagOut[]
  confirmed: Record<string, Fresh>
  can: { change: boolean; look: boolean; tag: boolean }
}
export interface PhotoOut {
  id: Id
  url: string
  thumbnail_url: string
  width: number
  height: number
  taken_at: Timestamp
}
export interface HouseholdCard {
  id: Id
  number: string
  kind: string
  version: number
  members: PersonRow[]
}
export interface DwellingOut {
  dwelling: BoardRoom & { floor: number | null; area_m2: number | null; version: number; confirmed: Record<string, Fresh> }
  building: { id: Id; name: string; address: string }
  entrance: Named | null
  households: HouseholdCard[]
  residents: PersonRow[]
  ties: TieOut[]
  photos: PhotoOut[]
  premises: Named[]
}
export interface HouseholdOut extends HouseholdCard {
  dwelling: PlaceName | null
  confirmed: Record<string, Fresh>
}
export interface PersonFull {
  name?: string
  id_number?: string
  birth?: string | null
  phones?: string[]
  registered_address?: string
  ethnicity?: string
  workplace?: string
}
export interface PersonEvent {
  at: Timestamp
  kind: string
  text: string
  text_en: string
  by: string
}
export interface LookOut {
  at: Timestamp
  actor_name: string
  unit: string
  purpose: string
  fields: string[]
}
export interface Hit {
  type: string
  id: Id
  title: string
  subtitle: string
  reason: { zh: string; en: string }
  lon: number | null
  lat: number | null
}
export interface TagKindOut {
  code: string
  name: string
  name_en: string
  data_class: string
  purpose: string
  legal_basis: string
}
export interface FieldRuleOut {
  object: string
  field: string
  name: string
  name_en: string
  group: string
  owner: string
  fresh_days: number
  data_class: string
}

export interface SheetRun {
  id: Id
  kind: string
  filename: string
  state: string
  state_name: string
  source: string
  columns: string[]
  fields: { field: string; name: string; name_en: string; required: boolean; hint: string; hint_en: string }[]
  mapping: Record<string, string>
  sample: string[][]
  total: number
  next_row: number
  created: number
  changed: number
  same: number
  conflicts: number
  failed: number
  error: string
  created_at: Timestamp
}
export interface SheetPreview {
  columns: string[]
  rows: { row: number; cells: string[]; errors: { at: string; zh: string; en: string }[] }[]
  wrong: number
}
export interface Difference {
  field: string
  name: string
  name_en: string
  known: string
  known_source: string
  known_at: string
  given: string
  given_source: string
}
export interface SheetRow {
  id: Id
  row: number
  outcome: string
  errors: { at: string; zh: string; en: string }[]
  conflict: Difference[]
  elsewhere: boolean
  subject_id: Id | null
  decided_at: Timestamp | null
  decisions: string[]
}

export interface ExportOut {
  id: Id
  purpose: string
  fields: string[]
  count: number
  state: string
  state_name: string
  approvals: { by: Id; name: string; at: Timestamp; agreed: boolean; reason: string }[]
  approvals_needed: number
  by_name: string
  created_at: Timestamp
  expires_at: Timestamp | null
  downloads: number
  mine: boolean
}
export interface RequestOut {
  id: Id
  title: string
  unit: Named
  object: string
  fields: string[]
  purpose: string
  legal_basis: string
  area: Named
  times_per_year: number
  known: Record<string, number>
  people: number
  minutes: number
  state: string
  state_name: string
  decision: string
  asked_at: Timestamp
  begins_on: string
  ends_on: string
}
export interface Burden {
  asked: number
  minutes: number
  people: number
  share_known: number
}
export interface LedgerOut {
  area: Named & { level: number }
  members: number
  minutes: number
  units: (Burden & { unit: Named; refused: number; running: number; known_wanted: number })[]
  places: (Burden & { area: Named & { level: number } })[]
}
export interface StatisticsOut {
  area: Named & { level: number }
  by: string
  columns: { key: string; name: string; name_en: string }[]
  /** The area itself first, then what lies just below it. */
  rows: { area: Named & { level: number }; cells: (number | null)[]; total: number | null }[]
  suppressed: number
  note: string
  note_en: string
  at: Timestamp
}
export interface Thing {
  id: Id
  name: string
  version: number
  [field: string]: unknown
}
export interface EstateService {
  id: Id
  role: string
  role_name: string
  organisation: Named | null
  unit: Named | null
  name: string
  contact: string
  phone: string
  valid_from: string
  valid_to: string | null
}
export interface EstateOut {
  id: Id
  name: string
  kind: string
  area: Named
  built_year: number | null
  buildings: GridBuilding[]
  services: EstateService[]
}
export interface Contact {
  legal_person: string
  contact: string
  phone: string
}
export type Vocabulary = Record<
  | 'estate_kinds' | 'premises_kinds' | 'hazards' | 'device_kinds' | 'component_kinds' | 'component_states' | 'device_states'
  | 'dwelling_uses' | 'organisation_kinds' | 'estate_roles',
  { code: string; name: string; name_en: string }[]
>
