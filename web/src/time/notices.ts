import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { type Id, keys, type NoticeOut, timeApi } from '@/api'
import type { Tone } from '@/domain/states'

export const NOTICE_TONES: Record<string, Tone> = { remind: 'info', supervise: 'warning', escalate: 'danger', account: 'danger' }

/** Of one case, newest first. */
export function useCaseNotices(caseId: () => Id) {
  const { data } = useQuery({
    queryKey: computed(() => keys.cases('notices', 'of', caseId())),
    queryFn: () => timeApi.notices({ view: 'all', case: caseId() }),
  })
  return computed<NoticeOut[]>(() => data.value?.items ?? [])
}

/** The unit's answer; lists, counts and the case itself are read again. */
export function useAnswer(answered: () => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ notice, words }: { notice: NoticeOut; words: string }) => timeApi.answer(notice.id, words.trim()),
    onSuccess: (notice) => {
      void client.invalidateQueries({ queryKey: ['cases'] })
      void client.invalidateQueries({ queryKey: keys.case(notice.case.id) })
      void client.invalidateQueries({ queryKey: keys.counts })
      answered()
    },
  })
}
