import {
  AlarmClock, Bell, ChatDotSquare, ChatLineSquare, Collection, CopyDocument, Cpu, Crop, DataBoard, DataLine, DocumentChecked, Download, EditPen, Files, Finished, Histogram, House, Key,
  List, MapLocation, Medal, Monitor, Notebook, Opportunity, OfficeBuilding, QuestionFilled, Remove, ScaleToOriginal, Setting, Tickets, Timer, TrendCharts, Upload, UploadFilled, User, Warning,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Counts } from '@/api'
import { Perm } from '@/domain/permissions'

export interface NavItem {
  to: string
  label: string
  icon: Component
  permissions?: string[]
  count?: (counts: Counts) => number
  newWindow?: boolean
}

const { READ, PLACE_READ, IMPORT_RUN, EXPORT_REQUEST, EXPORT_APPROVE, REQUEST_READ, REQUEST_ASK, STATISTICS_READ, PERSON_CHANGE, PERSON_READ, RETENTION_RUN, KEYS_ROTATE } = Perm

export const NAVIGATION: { label: string; items: NavItem[] }[] = [
  {
    label: 'nav.groupWork',
    items: [
      { to: '/todos', label: 'nav.todos', icon: Finished, permissions: [READ], count: (counts) => counts.todo },
      { to: '/cases', label: 'nav.cases', icon: Files, permissions: [READ] },
      { to: '/whistles', label: 'nav.whistles', icon: Bell, permissions: [READ], count: (counts) => counts.whistles },
      { to: '/notices', label: 'nav.notices', icon: ChatLineSquare, permissions: [READ] },
      {
        to: '/queue', label: 'nav.queue', icon: QuestionFilled, permissions: ['intake:queue:'],
        count: (counts) => counts.queue,
      },
    ],
  },
  {
    label: 'nav.groupDistrict',
    items: [
      { to: '/wall', label: 'nav.wall', icon: DataBoard, permissions: [READ], newWindow: true },
      { to: '/hotspots', label: 'nav.hotspots', icon: TrendCharts, permissions: [Perm.HOTSPOT_READ] },
      { to: '/forecast', label: 'nav.forecast', icon: Opportunity, permissions: [Perm.FORECAST_READ] },
      { to: '/areas', label: 'nav.areas', icon: MapLocation },
      { to: '/divisions', label: 'nav.divisions', icon: Crop, permissions: [Perm.PLAN_READ] },
      { to: '/divisions/teams', label: 'nav.teams', icon: User, permissions: [Perm.TEAM_READ] },
      {
        to: '/responsibility', label: 'nav.responsibility', icon: Collection, permissions: ['responsibility:list:read'],
      },
      { to: '/rules', label: 'nav.rules', icon: AlarmClock },
    ],
  },
  {
    label: 'nav.groupAppraisal',
    items: [
      { to: '/appraisal', label: 'nav.league', icon: Histogram, permissions: [Perm.RESULT_READ] },
      { to: '/appraisal/schemes', label: 'nav.schemes', icon: ScaleToOriginal, permissions: [Perm.RESULT_READ] },
      { to: '/appraisal/five-steps', label: 'nav.fiveSteps', icon: List, permissions: [Perm.RESULT_READ] },
      { to: '/appraisal/appeals', label: 'nav.appeals', icon: ChatLineSquare, permissions: [Perm.APPEAL_MAKE, Perm.APPEAL_DECIDE, Perm.RESULT_READ] },
      { to: '/appraisal/exclusions', label: 'nav.exclusions', icon: Remove, permissions: [Perm.RESULT_READ] },
      { to: '/appraisal/alarms', label: 'nav.alarms', icon: Warning, permissions: [Perm.ALARM_READ] },
      { to: '/replies', label: 'nav.replies', icon: ChatDotSquare, permissions: [Perm.REPLY_READ] },
      { to: '/bulletins', label: 'nav.bulletins', icon: Notebook, permissions: [Perm.BULLETIN_READ] },
      { to: '/appraisal/records', label: 'nav.records', icon: Medal, permissions: [Perm.RECORD_READ] },
    ],
  },
  {
    label: 'nav.groupRegistry',
    items: [
      { to: '/registry', label: 'nav.registryGrid', icon: House, permissions: [PLACE_READ] },
      { to: '/registry/places', label: 'nav.registryPlaces', icon: OfficeBuilding, permissions: [PLACE_READ] },
      { to: '/registry/doubles', label: 'nav.registryDoubles', icon: CopyDocument, permissions: [PERSON_CHANGE] },
      { to: '/registry/corrections', label: 'nav.registryCorrections', icon: EditPen, permissions: [PERSON_READ] },
      { to: '/registry/statistics', label: 'nav.registryStatistics', icon: DataLine, permissions: [STATISTICS_READ] },
      { to: '/registry/imports', label: 'nav.registryImports', icon: UploadFilled, permissions: [IMPORT_RUN] },
      { to: '/registry/exports', label: 'nav.registryExports', icon: Download, permissions: [EXPORT_REQUEST, EXPORT_APPROVE] },
      { to: '/registry/burden', label: 'nav.registryBurden', icon: Tickets, permissions: [REQUEST_READ, REQUEST_ASK] },
    ],
  },
  {
    label: 'nav.groupManage',
    items: [
      { to: '/imports', label: 'nav.imports', icon: Upload, permissions: ['intake:import:run'] },
      { to: '/models', label: 'nav.models', icon: Cpu, permissions: [Perm.MODEL_READ] },
      { to: '/monitoring', label: 'nav.monitoring', icon: Monitor, permissions: [Perm.MONITOR] },
      { to: '/audit', label: 'nav.audit', icon: DocumentChecked, permissions: ['audit:'] },
      { to: '/registry/retention', label: 'nav.registryRetention', icon: Timer, permissions: [RETENTION_RUN] },
      { to: '/registry/keys', label: 'nav.registryKeys', icon: Key, permissions: [KEYS_ROTATE] },
      { to: '/admin', label: 'nav.admin', icon: Setting, permissions: ['org:user:change', 'org:channel:', 'org:stand_in:', 'calendars:'] },
    ],
  },
]

/** Where a person without another wish begins: what there is to work on, else to manage, else to look at. */
export function homeOf(allowed: (permissions: string[] | undefined) => boolean): string {
  const [work, district, appraisal, registry, manage] = NAVIGATION
  const first = [work, manage, district, registry, appraisal].flatMap((group) => group?.items ?? []).find((item) => !item.newWindow && allowed(item.permissions))
  return first?.to ?? '/settings'
}
