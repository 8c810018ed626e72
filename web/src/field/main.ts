import 'vant/es/toast/style'
import 'vant/es/dialog/style'
import '@/styles/tokens.css'
import './field.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { queryClient } from '@/api'
import { i18n } from '@/i18n'
import App from './App.vue'
import { router } from './router'
import { watchForUpdates } from './updates'
import './words'

createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
watchForUpdates()
