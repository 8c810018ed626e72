import { addMessages } from '@/i18n'
import en from '@/i18n/en/appraisal'
import zh from '@/i18n/zh/appraisal'

addMessages(zh, en)
