import { addMessages } from '@/i18n'
import en from '@/i18n/en/registry'
import zh from '@/i18n/zh/registry'

addMessages(zh, en)
