import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'
import '@/styles/tokens.css'
import '@/styles/element.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { queryClient } from '@/api'
import { addMessages, i18n } from '@/i18n'
import enConsole from '@/i18n/en/console'
import zhConsole from '@/i18n/zh/console'
import App from './App.vue'
import { router } from './router'

addMessages(zhConsole, enConsole)
createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
