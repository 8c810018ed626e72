import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys, REFERENCE, registryApi } from '@/api'
import { inLanguage, language } from '@/i18n'

/** Names of groups of people in the reader's language: rows carry the Chinese one, the profile has both. */
export function useTagNames() {
  const { data } = useQuery({
    queryKey: keys.reference('tag-kinds'), queryFn: registryApi.tagKinds, ...REFERENCE,
    enabled: computed(() => language.value === 'en'),
  })
  return (tag: { kind: string; name: string }): string =>
    inLanguage(tag.name, data.value?.find((kind) => kind.code === tag.kind)?.name_en)
}
