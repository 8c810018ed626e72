/** The registry's documents under the names the pages use; all of them come from the server's OpenAPI document. */
import type { components } from './schema.gen'
import type { Id, Named } from './types'

type Schemas = components['schemas']

/* Places */
export type TagMark = Schemas['TagMark']
export type GridOut = Schemas['GridOut']
export type GridBuilding = Schemas['BuildingRow']
export type BuildingOut = Schemas['BuildingOut']
export type BoardOut = Schemas['BoardOut']
export type BoardRoom = Schemas['Room']
export type PhotoOut = Schemas['PhotoOut']
export type Contact = Schemas['ContactOut']
export type TagKindOut = Schemas['TagKindOut']
export type FieldRuleOut = Schemas['FieldRuleOut']
export type Vocabulary = Schemas['VocabularyOut']

export type Known = Omit<Schemas['PrefillField'], 'value'> & { value: string | string[] | number }

/** Things have the fields of their kind, which the document calls a plain object. */
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
export interface EstateOut extends Thing {
  area: Named
  buildings: GridBuilding[]
  services: EstateService[]
  can: { change: boolean }
}

/* People */
export type PersonRow = Schemas['PersonRow']
export type TagOut = Schemas['TagOut']
export type HouseholdOut = Omit<Schemas['HouseholdOut'], 'dwelling'> & { dwelling: PlaceName | null }
export type HouseholdCard = Pick<Schemas['HouseholdOut'], 'id' | 'number' | 'kind' | 'members'>
export type PersonEvent = Schemas['Event']
export type LookOut = Schemas['PersonLookOut']
export type Hit = Omit<Schemas['Hit'], 'reason'> & { reason: { zh: string; en: string } }

/** Inside `ties`, `confirmed` and others, which the document calls plain objects. */
export interface PlaceName {
  type: string
  id: Id
  name: string
}
export interface TieOut {
  id: Id
  kind: string
  kind_name: string
  place: PlaceName | null
  who?: PlaceName
  role: string
  role_code: string
  valid_from: string | null
  valid_to: string | null
  source: string
}
export interface Fresh {
  at: string | null
  unit: string | null
  source: string | null
  fresh: boolean
}
export type PersonOut = Omit<Schemas['ResidentOut'], 'household' | 'ties' | 'relations' | 'confirmed' | 'can' | 'corrections'> & {
  household: { id: Id; number: string } | null
  ties: TieOut[]
  relations: { id: Id; kind: string; kind_name: string; person: Named }[]
  confirmed: Record<string, Fresh>
  corrections?: Proposed[]
  can: { change: boolean; look: boolean; tag: boolean }
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
export interface DwellingOut {
  dwelling: BoardRoom & { area_m2: number | null; version: number; confirmed: Record<string, Fresh> }
  building: Named & { address: string }
  entrance: Named | null
  households: HouseholdCard[]
  residents: PersonRow[]
  ties: TieOut[]
  photos: PhotoOut[]
  premises: Named[]
}

/** What a grid member found otherwise of a field that a department owns; values masked, gone once decided. */
export interface Correction {
  id: Id
  person: Named
  grid: string
  field: string
  field_name: string
  field_name_en: string
  known: string
  given: string
  reason: string
  state: 'proposed' | 'accepted' | 'refused' | 'outdated'
  unit: Named
  by_name: string
  by_unit: Named | null
  at: string
  decided_name: string
  decided_at: string | null
  decision: string
  can_decide: boolean
}
export type Proposed = Pick<Correction, 'id' | 'field' | 'field_name' | 'field_name_en' | 'unit' | 'by_name' | 'at'>

/* Sheets */
export type SheetRun = Schemas['SheetOut']
export type SheetRow = Omit<Schemas['RowOut'], 'errors'> & { errors: { at: string; zh: string; en: string }[] }
export type SheetPreview = Schemas['SheetPreview']

/* Governance */
export type ExportOut = Schemas['ExportOut']
export type RequestOut = Schemas['RequestOut']
export type RetentionOut = Schemas['RetentionOut']
export type KeysOut = Schemas['KeysOut']
export type Upkeep = Schemas['RunOut']
export type Twice = Schemas['Twice']
export type LedgerLine = Schemas['LedgerLine']
