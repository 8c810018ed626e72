import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { can, canAny, loadSession, session, setPreferences, signedIn } from './session-start'
import { Perm } from '@/domain/permissions'
import { i18n } from '@/i18n'
import { homeOf } from './layout/navigation'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    /** Any one of these permissions opens the page; a name ending in `:` stands for all that begin with it. */
    permissions?: string[]
    open?: boolean
    wide?: boolean
  }
}

const { READ } = Perm

const pages: RouteRecordRaw[] = [
  // A guard, not a redirect: it asks after the session has been read.
  { path: '', component: () => import('./pages/TodosPage.vue'), beforeEnter: () => homeOf(allowed) },
  { path: 'todos', component: () => import('./pages/TodosPage.vue'), meta: { title: 'nav.todos', permissions: [READ] } },
  { path: 'cases', component: () => import('./pages/CasesPage.vue'), meta: { title: 'nav.cases', permissions: [READ], wide: true } },
  {
    path: 'cases/new',
    component: () => import('./pages/NewCasePage.vue'),
    meta: { title: 'nav.newCase', permissions: ['casework:case:submit'] },
  },
  { path: 'cases/:id', component: () => import('./pages/CasePage.vue'), props: true, meta: { title: 'nav.case', permissions: [READ] } },
  {
    path: 'queue',
    component: () => import('./pages/QueuePage.vue'),
    meta: { title: 'nav.queue', permissions: ['intake:queue:'] },
  },
  { path: 'search', component: () => import('./understanding/SearchPage.vue'), meta: { title: 'nav.search', permissions: [READ], wide: true } },
  {
    path: 'hotspots',
    component: () => import('./understanding/HotspotsPage.vue'),
    meta: { title: 'nav.hotspots', permissions: [Perm.HOTSPOT_READ], wide: true },
  },
  {
    path: 'hotspots/agenda',
    component: () => import('./understanding/AgendaPage.vue'),
    meta: { title: 'nav.agenda', permissions: [Perm.HOTSPOT_READ] },
  },
  {
    path: 'forecast',
    component: () => import('./understanding/ForecastPage.vue'),
    meta: { title: 'nav.forecast', permissions: [Perm.FORECAST_READ], wide: true },
  },
  {
    path: 'replies',
    component: () => import('./understanding/ReplyQualityPage.vue'),
    meta: { title: 'nav.replies', permissions: [Perm.REPLY_READ], wide: true },
  },
  {
    path: 'models',
    component: () => import('./understanding/ModelsPage.vue'),
    meta: { title: 'nav.models', permissions: [Perm.MODEL_READ], wide: true },
  },
  { path: 'whistles', component: () => import('./pages/WhistlesPage.vue'), meta: { title: 'nav.whistles', permissions: [READ], wide: true } },
  { path: 'notices', component: () => import('./time/NoticesPage.vue'), meta: { title: 'nav.notices', permissions: [READ] } },
  { path: 'rules', component: () => import('./time/RulesPage.vue'), meta: { title: 'nav.rules', wide: true } },
  {
    path: 'monitoring',
    component: () => import('./time/MonitoringPage.vue'),
    meta: { title: 'nav.monitoring', permissions: [Perm.MONITOR], wide: true },
  },
  { path: 'areas', component: () => import('@/map/AreasPage.vue'), meta: { title: 'nav.areas', wide: true } },
  {
    path: 'responsibility',
    component: () => import('./pages/ResponsibilityPage.vue'),
    meta: { title: 'nav.responsibility', permissions: ['responsibility:list:read'], wide: true },
  },
  {
    path: 'divisions',
    component: () => import('./divisions/PlansPage.vue'),
    meta: { title: 'nav.divisions', permissions: [Perm.PLAN_READ], wide: true },
  },
  {
    path: 'divisions/teams',
    component: () => import('./divisions/TeamsPage.vue'),
    meta: { title: 'nav.teams', permissions: [Perm.TEAM_READ], wide: true },
  },
  {
    path: 'divisions/:id/:tab(compare|publish|teams)?',
    component: () => import('./divisions/PlanPage.vue'),
    props: true,
    meta: { title: 'nav.divisions', permissions: [Perm.PLAN_READ], wide: true },
  },
  {
    path: 'imports',
    component: () => import('./pages/ImportsPage.vue'),
    meta: { title: 'nav.imports', permissions: ['intake:import:run'] },
  },
  {
    path: 'imports/:id',
    component: () => import('./pages/ImportPage.vue'),
    props: true,
    meta: { title: 'nav.imports', permissions: ['intake:import:run'] },
  },
  {
    path: 'registry',
    component: () => import('./registry/GridPage.vue'),
    meta: { title: 'nav.registryGrid', permissions: [Perm.PLACE_READ], wide: true },
  },
  {
    path: 'registry/buildings/:id',
    component: () => import('./registry/BuildingPage.vue'),
    props: true,
    meta: { title: 'nav.registryBuilding', permissions: [Perm.PLACE_READ], wide: true },
  },
  {
    path: 'registry/dwellings/:id',
    component: () => import('./registry/DwellingPage.vue'),
    props: true,
    meta: { title: 'nav.registryDwelling', permissions: [Perm.PERSON_READ] },
  },
  {
    path: 'registry/households/:id',
    component: () => import('./registry/HouseholdPage.vue'),
    props: true,
    meta: { title: 'nav.registryHousehold', permissions: [Perm.PERSON_READ] },
  },
  {
    path: 'registry/persons/:id',
    component: () => import('./registry/PersonPage.vue'),
    props: true,
    meta: { title: 'nav.registryPerson', permissions: [Perm.PERSON_READ] },
  },
  {
    path: 'registry/persons/:id/merge/:other?',
    component: () => import('./registry/MergePage.vue'),
    props: true,
    meta: { title: 'nav.registryMerge', permissions: [Perm.PERSON_CHANGE] },
  },
  {
    path: 'registry/doubles',
    component: () => import('./registry/DoublesPage.vue'),
    meta: { title: 'nav.registryDoubles', permissions: [Perm.PERSON_CHANGE] },
  },
  {
    path: 'registry/corrections',
    component: () => import('./registry/CorrectionsPage.vue'),
    meta: { title: 'nav.registryCorrections', permissions: [Perm.PERSON_READ] },
  },
  {
    path: 'registry/retention',
    component: () => import('./registry/RetentionPage.vue'),
    meta: { title: 'nav.registryRetention', permissions: [Perm.RETENTION_RUN] },
  },
  {
    path: 'registry/keys',
    component: () => import('./registry/KeysPage.vue'),
    meta: { title: 'nav.registryKeys', permissions: [Perm.KEYS_ROTATE] },
  },
  {
    path: 'registry/places/:kind(estates|premises|organisations|components|devices)?',
    component: () => import('./registry/PlacesPage.vue'),
    props: true,
    meta: { title: 'nav.registryPlaces', permissions: [Perm.PLACE_READ], wide: true },
  },
  {
    path: 'registry/estates/:id',
    component: () => import('./registry/EstatePage.vue'),
    props: true,
    meta: { title: 'nav.registryEstate', permissions: [Perm.PLACE_READ] },
  },
  {
    path: 'registry/statistics',
    component: () => import('./registry/StatisticsPage.vue'),
    meta: { title: 'nav.registryStatistics', permissions: [Perm.STATISTICS_READ], wide: true },
  },
  {
    path: 'registry/imports',
    component: () => import('./registry/SheetsPage.vue'),
    meta: { title: 'nav.registryImports', permissions: [Perm.IMPORT_RUN] },
  },
  {
    path: 'registry/imports/:id',
    component: () => import('./registry/SheetPage.vue'),
    props: true,
    meta: { title: 'nav.registryImports', permissions: [Perm.IMPORT_RUN] },
  },
  {
    path: 'registry/exports',
    component: () => import('./registry/ExportsPage.vue'),
    meta: { title: 'nav.registryExports', permissions: [Perm.EXPORT_REQUEST, Perm.EXPORT_APPROVE] },
  },
  {
    path: 'registry/burden',
    component: () => import('./registry/BurdenPage.vue'),
    meta: { title: 'nav.registryBurden', permissions: [Perm.REQUEST_READ, Perm.REQUEST_ASK], wide: true },
  },
  {
    path: 'appraisal',
    component: () => import('./appraisal/LeaguePage.vue'),
    meta: { title: 'nav.league', permissions: [Perm.RESULT_READ], wide: true },
  },
  {
    path: 'appraisal/points/:unit/:indicator',
    component: () => import('./appraisal/PointPage.vue'),
    props: true,
    meta: { title: 'nav.leaguePoint', permissions: [Perm.RESULT_READ], wide: true },
  },
  {
    path: 'appraisal/units/:id',
    component: () => import('./appraisal/UnitPage.vue'),
    props: true,
    meta: { title: 'nav.leagueUnit', permissions: [Perm.RESULT_READ], wide: true },
  },
  {
    path: 'appraisal/schemes',
    component: () => import('./appraisal/SchemesPage.vue'),
    meta: { title: 'nav.schemes', permissions: [Perm.RESULT_READ], wide: true },
  },
  {
    path: 'appraisal/five-steps',
    component: () => import('./appraisal/FiveStepsPage.vue'),
    meta: { title: 'nav.fiveSteps', permissions: [Perm.RESULT_READ], wide: true },
  },
  {
    path: 'appraisal/exclusions',
    component: () => import('./appraisal/ExclusionsPage.vue'),
    meta: { title: 'nav.exclusions', permissions: [Perm.RESULT_READ] },
  },
  {
    path: 'appraisal/appeals',
    component: () => import('./appraisal/AppealsPage.vue'),
    meta: { title: 'nav.appeals', permissions: [Perm.APPEAL_MAKE, Perm.APPEAL_DECIDE, Perm.RESULT_READ] },
  },
  {
    path: 'appraisal/appeals/:id',
    component: () => import('./appraisal/AppealPage.vue'),
    props: true,
    meta: { title: 'nav.appeals', permissions: [Perm.APPEAL_MAKE, Perm.APPEAL_DECIDE, Perm.RESULT_READ] },
  },
  {
    path: 'appraisal/alarms',
    component: () => import('./appraisal/AlarmsPage.vue'),
    meta: { title: 'nav.alarms', permissions: [Perm.ALARM_READ] },
  },
  {
    path: 'appraisal/alarms/:id',
    component: () => import('./appraisal/AlarmPage.vue'),
    props: true,
    meta: { title: 'nav.alarms', permissions: [Perm.ALARM_READ] },
  },
  {
    path: 'appraisal/records',
    component: () => import('./appraisal/RecordsPage.vue'),
    meta: { title: 'nav.records', permissions: [Perm.RECORD_READ] },
  },
  {
    path: 'appraisal/records/:id',
    component: () => import('./appraisal/MemberPage.vue'),
    props: true,
    meta: { title: 'nav.records', permissions: [Perm.RECORD_READ] },
  },
  {
    path: 'bulletins',
    component: () => import('./appraisal/BulletinsPage.vue'),
    meta: { title: 'nav.bulletins', permissions: [Perm.BULLETIN_READ] },
  },
  {
    path: 'bulletins/:id',
    component: () => import('./appraisal/BulletinPage.vue'),
    props: true,
    meta: { title: 'nav.bulletins', permissions: [Perm.BULLETIN_READ], wide: true },
  },
  {
    path: 'audit',
    component: () => import('./pages/AuditPage.vue'),
    meta: { title: 'nav.audit', permissions: ['audit:'], wide: true },
  },
  {
    path: 'admin/:tab(users|stand-ins|credentials|calendar)?',
    component: () => import('./pages/AdminPage.vue'),
    props: true,
    meta: { title: 'nav.admin', permissions: ['org:user:change', 'org:channel:', 'org:stand_in:', 'calendars:'], wide: true },
  },
  { path: 'settings', component: () => import('./pages/SettingsPage.vue'), meta: { title: 'nav.settings' } },
  { path: ':rest(.*)*', component: () => import('./pages/NotFoundPage.vue'), meta: { title: 'nav.notFound' } },
]

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/sign-in', component: () => import('./pages/SignInPage.vue'), meta: { title: 'nav.signIn', open: true } },
    { path: '/wall', component: () => import('@/wall/WallPage.vue'), meta: { title: 'nav.wall', permissions: [READ] } },
    { path: '/', component: () => import('./layout/ConsoleLayout.vue'), children: pages },
  ],
})

export function allowed(permissions: string[] | undefined): boolean {
  return !permissions || permissions.some((name) => (name.endsWith(':') ? canAny(name) : can(name)))
}

router.beforeEach(async (to) => {
  if (!session.value) {
    try {
      setPreferences(await loadSession())
    } catch {
      // The layout shows what is wrong and offers to try again; a redirect would hide it.
      return to.meta.open ? true : { path: '/sign-in', query: { to: to.fullPath, down: '1' } }
    }
  }
  if (!to.meta.open && !signedIn.value) return { path: '/sign-in', query: to.path === '/' ? {} : { to: to.fullPath } }
  if (!allowed(to.meta.permissions)) return { path: '/not-permitted', query: { page: to.path } }
  return true
})

router.afterEach((to) => {
  const { t } = i18n.global
  document.title = to.meta.title ? `${t(to.meta.title)} · ${t('product')}` : t('product')
})

/** A page whose file is gone after an update: load the new version instead of an empty screen. */
router.onError((error: Error, to) => {
  if (/dynamically imported module|Failed to fetch|Importing a module/.test(error.message)) {
    const key = 'wangge.reloaded'
    if (sessionStorage.getItem(key) === to.fullPath) return
    sessionStorage.setItem(key, to.fullPath)
    window.location.assign(to.fullPath)
  }
})
