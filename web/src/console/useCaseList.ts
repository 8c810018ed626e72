import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { type CaseFilters, casesApi, keys } from '@/api'

const PAGE = 30

/** A list that grows page by page behind the last row's cursor. */
export function useCaseList(filters: MaybeRefOrGetter<CaseFilters>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => keys.cases(toValue(filters))),
    queryFn: ({ pageParam, signal }) =>
      casesApi.list({ ...toValue(filters), cursor: pageParam || undefined, limit: PAGE }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
  const rows = computed(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const total = computed(() => query.data.value?.pages[0]?.total ?? null)
  return { ...query, rows, total }
}
