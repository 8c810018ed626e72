import { addMessages } from '@/i18n'
import en from '@/i18n/en/divided'
import zh from '@/i18n/zh/divided'

/** Apart from the workbench's words: the phone shows these too. */
addMessages(zh, en)
