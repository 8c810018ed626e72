import { addMessages } from '@/i18n'
import en from '@/i18n/en/understanding'
import zh from '@/i18n/zh/understanding'

addMessages(zh, en)
