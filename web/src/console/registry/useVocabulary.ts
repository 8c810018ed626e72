import { useQuery } from '@tanstack/vue-query'
import { keys, REFERENCE, registryApi, type Vocabulary } from '@/api'
import { inLanguage } from '@/i18n'

/** The profile writes English words small; a label begins with a capital. */
const title = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Codes and words of places as the district's profile and the server know them. */
export function useVocabulary() {
  const { data } = useQuery({ queryKey: keys.reference('registry-vocabulary'), queryFn: registryApi.vocabulary, ...REFERENCE })
  const options = (group: keyof Vocabulary) => () =>
    (data.value?.[group] ?? []).map((choice) => ({ value: choice.code, label: title(inLanguage(choice.name, choice.name_en)) }))
  const word = (group: keyof Vocabulary | null, code: unknown): string => {
    const found = group ? data.value?.[group].find((choice) => choice.code === code) : undefined
    return found ? title(inLanguage(found.name, found.name_en)) : ''
  }
  return { options, word }
}
