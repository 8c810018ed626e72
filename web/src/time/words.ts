import { addMessages } from '@/i18n'
import en from '@/i18n/en/timing'
import zh from '@/i18n/zh/timing'

addMessages(zh, en)
