import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { keys, REFERENCE, resultsApi } from '@/api'
import { inLanguage } from '@/i18n'

/** Names of indicators by their codes. */
export function useIndicatorNames() {
  const { data } = useQuery({ queryKey: keys.reference('indicators'), queryFn: () => resultsApi.indicators(''), ...REFERENCE })
  const names = computed(() => new Map((data.value?.items ?? []).map((one) => [one.code, inLanguage(one.name, one.name_en)])))
  const options = () => [...names.value].map(([value, label]) => ({ value, label }))
  const nameOf = (code: string) => names.value.get(code) ?? code
  return { indicators: computed(() => data.value?.items ?? []), nameOf, options }
}
