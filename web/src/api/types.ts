/** The API's documents under the names the pages use; all of them come from the server's OpenAPI document. */
import type { components, paths } from './schema.gen'

type Schemas = components['schemas']
type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never

export type Id = string
export type Timestamp = string
export type Position = [number, number]

/* Session */
export type Session = Schemas['SessionOut']
export type Post = Schemas['PostOut']
export type District = Schemas['DistrictOut']
export type DemoAccount = Schemas['DemoAccountOut']

/* Areas */
export type AreaRow = Schemas['AreaRow']
export type AreaOut = Schemas['AreaOut']
export type Located = Schemas['LocatedOut']
export type Coordinates = Schemas['Crs']

/** GeoJSON is written straight from the drawing and has no schema of its own. */
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

/* Organisation */
export type UnitRow = Schemas['UnitOut']
export type UserRow = Schemas['UserOut']
export type UserIn = Schemas['UserIn']
export type UserChange = Schemas['UserChange']
export type PostIn = Schemas['PostIn']
export type Role = Schemas['RoleOut']
export type StandIn = Schemas['StandInOut']
export type ChannelCredential = Schemas['CredentialOut']
export type Named = Schemas['Named']

/* Responsibility */
export type Category = Schemas['CategoryOut']
export type Entry = Schemas['EntryOut']
export type ResponsibilityList = Schemas['ListOut']
export type Owner = Schemas['OwnerOut']
export type OwnersCheck = Schemas['CheckOut']
export type Channel = Schemas['ChannelOut']

/** Inside `limits`, `routing` and `explanation`, which the document calls plain objects. */
export interface Limit {
  step: string
  value: number
  unit: string
}
export interface Explanation {
  steps: { zh: string; en: string }[]
  considered?: { item: string; category: string; area: string; clause: string; chosen: boolean }[]
}

/* Cases */
export type CaseIn = Schemas['CaseIn']
export type CaseRow = Schemas['CaseRow']
export type CaseOut = Schemas['CaseOut']
export type NearbyCase = Schemas['NearbyCase']
export type Clock = Schemas['ClockOut']
export type WorkOrder = Schemas['WorkOrderOut']
export type Responder = Schemas['ResponderOut']
export type WhistleOut = Schemas['WhistleOut']
export type Attachment = Schemas['AttachmentOut']
export type Upload = Schemas['UploadOut']
export type LogEntry = Schemas['LogOut']
export type Action = Schemas['Action']
export type ActionField = Schemas['ActionField']
export type FieldType = ActionField['type']
export type CaseState = CaseRow['state']
export type Urgency = CaseRow['urgency']
export type Card = CaseRow['card']
export type ClockState = Clock['state']
export type OrderState = WorkOrder['state']
export type ResponderState = Responder['state']
export type WhistleKind = WhistleOut['kind']
export type Phase = Attachment['phase']
export type CaseFilters = Omit<QueryOf<'/api/v1/cases'>, 'cursor' | 'limit'>
export type CaseView = NonNullable<CaseFilters['view']>
export type Counts = Schemas['Counts']
export type SavedView = Schemas['SavedViewOut']

/* Live: the payload of a server-sent event */
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
export type Situation = Schemas['SituationOut']

/* Imports */
export type ImportOut = Schemas['ImportOut']
export type ImportPreview = Schemas['PreviewOut']
export type ImportField = Schemas['FieldOut']

/* Calendar and audit */
export type CalendarOut = Schemas['CalendarOut']
export type CalendarRow = Schemas['CalendarRow']
export type CalendarDay = Schemas['DayOut']
export type AuditEntry = Schemas['AuditEntry']
export type AuditReport = Schemas['AuditReport']
export type AuditLook = Schemas['AuditLook']

/* Public */
export type PublicCategory = Schemas['PublicCategory']
export type PublicReportIn = Schemas['ReportIn']
export type PublicReport = Schemas['FollowOut']
export type PublicReceipt = Schemas['ReportOut']
export type PublicPlace = Schemas['Suggestion']
export type Rating = Schemas['RatingIn']

export type { FieldError, ProblemBody } from './problem'
export type { QueryOf }
