import { addMessages } from '@/i18n'
import en from '@/i18n/en/divisions'
import zh from '@/i18n/zh/divisions'
import './notice-words'

addMessages(zh, en)
