import { createRouter, createWebHistory } from 'vue-router'
import { person, start } from './state'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    open?: boolean
    tab?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory('/field/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: '/', component: () => import('./pages/HomePage.vue'), meta: { title: 'field.title', tab: true } },
    { path: '/todos', component: () => import('./pages/TodosPage.vue'), meta: { title: 'field.todos', tab: true } },
    { path: '/grid', component: () => import('./pages/GridPage.vue'), meta: { title: 'field.grid', tab: true } },
    { path: '/me', component: () => import('./pages/MePage.vue'), meta: { title: 'field.me', tab: true } },
    { path: '/report', component: () => import('./pages/ReportPage.vue'), meta: { title: 'field.report' } },
    { path: '/outbox', component: () => import('./pages/OutboxPage.vue'), meta: { title: 'field.outbox' } },
    { path: '/cases/:id', component: () => import('./pages/CasePage.vue'), props: true, meta: { title: 'field.step' } },
    { path: '/registry', component: () => import('./registry/PeoplePage.vue'), meta: { title: 'field.people' } },
    { path: '/registry/buildings/:id', component: () => import('./registry/BoardPage.vue'), props: true, meta: { title: 'field.board' } },
    { path: '/registry/dwellings/:id', component: () => import('./registry/RoomPage.vue'), props: true, meta: { title: 'field.room' } },
    { path: '/registry/persons/:id', component: () => import('./registry/PersonPage.vue'), props: true, meta: { title: 'field.person' } },
    { path: '/record', component: () => import('./pages/RecordPage.vue'), meta: { title: 'field.record' } },
    { path: '/sign-in', component: () => import('./pages/SignInPage.vue'), meta: { title: 'field.signIn', open: true } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

let started = false
router.beforeEach(async (to) => {
  if (!started) {
    started = true
    await start()
  }
  if (!to.meta.open && !person.value?.user) return { path: '/sign-in', query: { next: to.fullPath } }
  return true
})
