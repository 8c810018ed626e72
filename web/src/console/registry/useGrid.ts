import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { registryApi, session } from '@/api'

/** The area looked at: the one chosen, else the post's own. */
export function useGrid(chosen: Ref<string | null>) {
  const area = computed(() => chosen.value ?? session.value?.post?.area?.id ?? null)
  const grid = useQuery({
    queryKey: computed(() => ['registry', 'grid', area.value]),
    queryFn: () => registryApi.grid(area.value ?? undefined),
    enabled: computed(() => Boolean(area.value)),
  })
  return { area, grid }
}
