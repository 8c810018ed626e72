import 'vant/es/toast/style'
import '@/styles/tokens.css'
import '@/field/field.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { loadSession, queryClient } from '@/api'
import { i18n } from '@/i18n'
import App from './App.vue'
import FollowPage from './FollowPage.vue'
import ReportPage from './ReportPage.vue'
import './words'

// The token stays behind the #, so that it is never part of a request line or a log.
const router = createRouter({
  history: createWebHashHistory('/report/'),
  routes: [
    { path: '/', component: ReportPage },
    { path: '/t/:token?', component: FollowPage, props: true },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

void loadSession().catch(() => undefined)
createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
