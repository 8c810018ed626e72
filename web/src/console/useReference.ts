import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { casesApi, type Category, keys, orgApi, REFERENCE, responsibilityApi } from '@/api'
import { inLanguage, language } from '@/i18n'

export function useCategories() {
  const query = useQuery({ queryKey: keys.reference('categories'), queryFn: responsibilityApi.categories, ...REFERENCE })
  const names = computed(() => {
    const found = new Map<string, string>()
    const walk = (nodes: readonly Category[]) => {
      for (const node of nodes) {
        found.set(node.code, inLanguage(node.name, node.name_en))
        walk(node.children)
      }
    }
    walk(query.data.value ?? [])
    return found
  })
  return { ...query, names }
}

export function useChannels() {
  const query = useQuery({ queryKey: keys.reference('channels'), queryFn: casesApi.channels, ...REFERENCE })
  const names = computed(
    () => new Map((query.data.value ?? []).map((each) => [each.code, inLanguage(each.name, each.name_en)])),
  )
  return { ...query, names }
}

export function useRoles() {
  const query = useQuery({ queryKey: keys.reference('roles'), queryFn: orgApi.roles, ...REFERENCE })
  const names = computed(
    () => new Map((query.data.value ?? []).map((role) => [role.code, language.value === 'zh' ? role.name : role.name_en])),
  )
  return { ...query, names }
}
