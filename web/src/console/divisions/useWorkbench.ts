import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, inject, type InjectionKey, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { Problem } from '@/api'
import { divisionsApi, type EditFields, type EditStep, type PlanCommunity, type PlanOut } from '@/api/divisions'
import type { Id, Position } from '@/api/types'
import { brokenBy } from '@/divisions/borders'
import { coloursOf } from '@/divisions/colours'
import { chosenAfter, type Manner, pickedBy } from '@/divisions/picking'
import { afterMove, type Change, differences, labelsAfter, type Range } from '@/divisions/sums'
import type { ActName } from './acts'
import type { Tool } from './pointing'

const WORKING_MS = 1_500

export const planKeys = {
  plans: ['divisions', 'plans'] as const,
  plan: (id: Id) => ['divisions', 'plan', id] as const,
  community: (id: Id, area: Id) => ['divisions', 'plan', id, 'community', area] as const,
  drawing: (id: Id) => ['divisions', 'drawing', id] as const,
  of: (id: Id, ...rest: unknown[]) => ['divisions', 'of', id, ...rest] as const,
}

/** A plan, asked for again and again while it is being designed. */
export function usePlan(id: () => Id) {
  return useQuery({
    queryKey: computed(() => planKeys.plan(id())),
    queryFn: () => divisionsApi.plan(id()),
    refetchInterval: (query) => (query.state.data?.state === 'designing' ? WORKING_MS : false),
  })
}

/** Everything the workbench's parts share: what is open, what is chosen, and how an edit is sent. */
export function useWorkbench(plan: () => PlanOut, newName: () => string) {
  const client = useQueryClient()
  const route = useRoute()
  const router = useRouter()
  const openId = computed(() => plan().communities.find((row) => row.area.id === route.query.community)?.area.id ?? null)
  const row = computed(() => plan().communities.find((each) => each.area.id === openId.value) ?? null)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: computed(() => planKeys.community(plan().id, openId.value ?? '')),
    queryFn: () => divisionsApi.community(plan().id, openId.value!),
    enabled: computed(() => openId.value !== null),
    staleTime: 60_000,
  })
  const community = computed<PlanCommunity | null>(() => (openId.value && data.value?.area.id === openId.value ? data.value : null))
  const drawing = useQuery({
    queryKey: computed(() => planKeys.drawing(plan().id)),
    queryFn: () => divisionsApi.drawing(plan().id),
    enabled: computed(() => plan().communities.length > 0),
    staleTime: 5 * 60_000,
  })

  const tool = ref<Tool>('select')
  const chosen = shallowRef<ReadonlySet<string>>(new Set())
  const labels = shallowRef<readonly number[]>([])
  const ring = shallowRef<readonly Position[]>([])
  const closed = ref<boolean>(false)
  const act = ref<ActName | null>(null)
  const busy = ref<EditStep | null>(null)
  const failure = shallowRef<{ problem: unknown; step: EditStep; fields: EditFields } | null>(null)
  const said = shallowRef<readonly Change[]>([])

  const editable = computed(() => community.value?.can_edit ?? false)
  const range = computed<Range>(() => ({ low: plan().low, high: plan().high }))
  const borders = computed(() => community.value?.borders ?? [])
  const colours = shallowRef<ReadonlyMap<number, number>>(new Map())
  const atomLabels = computed(() => community.value?.atoms.map((atom) => atom.grid) ?? [])
  watch(atomLabels, (now) => (colours.value = coloursOf(now, borders.value, colours.value)), { immediate: true })
  const grids = computed(() => [...(community.value?.grids ?? [])].sort((a, b) => a.label - b.label))
  const grid = computed(() => (labels.value.length === 1 ? grids.value.find((each) => each.label === labels.value[0]) ?? null : null))
  const chosenAtoms = computed(() => community.value?.atoms.filter((atom) => chosen.value.has(atom.id)) ?? [])
  const inRing = computed(() => new Set(closed.value ? pickedBy(ring.value, community.value?.atoms ?? []) : []))

  function open(id: Id | null): void {
    void router.replace({ query: { ...route.query, community: id ?? undefined } })
  }
  function clear(): void {
    chosen.value = new Set()
    ring.value = []
    closed.value = false
    failure.value = null
  }
  watch(openId, (now) => {
    clear()
    labels.value = []
    said.value = []
    colours.value = new Map()
    if (now === null) void client.invalidateQueries({ queryKey: planKeys.drawing(plan().id) })
  })
  function choose(ids: readonly string[], manner: Manner): void {
    chosen.value = chosenAfter(chosen.value, ids, manner)
  }
  function chooseGrid(label: number | null, more = false): void {
    if (label === null) labels.value = []
    else if (more && labels.value.includes(label)) labels.value = labels.value.filter((each) => each !== label)
    else labels.value = more ? [...labels.value, label] : [label]
  }

  const moved = (ids: ReadonlySet<string>, to: number | null): Change[] =>
    community.value ? afterMove(community.value.grids, community.value.atoms, ids, to, range.value, newName()) : []
  /** Names of the grids that a move would break apart. */
  function breaks(ids: ReadonlySet<string>, to: number | null): string[] {
    const now = community.value
    if (!now) return []
    return brokenBy(atomLabels.value, labelsAfter(now.atoms, ids, to), borders.value).map(
      (label) => now.grids.find((each) => each.label === label)?.name ?? newName(),
    )
  }

  async function send(step: EditStep, fields: EditFields = {}): Promise<boolean> {
    const now = community.value
    if (!now || busy.value) return false
    busy.value = step
    failure.value = null
    try {
      const answer = await divisionsApi.edit(plan().id, now.area.id, step, now.version, fields)
      // The borders never change, and the answer leaves them out.
      client.setQueryData(planKeys.community(plan().id, now.area.id), { ...answer, borders: answer.borders ?? now.borders })
      said.value = differences(now.grids, answer.grids, range.value)
      chosen.value = new Set()
      if (step === 'redraw') [ring.value, closed.value] = [[], false]
      labels.value = labels.value.filter((label) => answer.grids.some((each) => each.label === label))
      act.value = null
      void client.invalidateQueries({ queryKey: planKeys.plan(plan().id), exact: true })
      void client.invalidateQueries({ queryKey: planKeys.of(plan().id) })
      return true
    } catch (problem) {
      failure.value = { problem, step, fields }
      return false
    } finally {
      busy.value = null
    }
  }
  /** After somebody else was first: their version, with nothing of ours. */
  async function reload(): Promise<void> {
    clear()
    act.value = null
    await Promise.all([refetch(), client.invalidateQueries({ queryKey: planKeys.plan(plan().id), exact: true })])
  }
  const force = () => (failure.value ? send(failure.value.step, { ...failure.value.fields, allow_break: true }) : Promise.resolve(false))
  const conflict = computed(() => (failure.value?.problem instanceof Problem && failure.value.problem.code === 'conflict' ? failure.value.problem : null))
  const broken = computed(() => failure.value?.problem instanceof Problem && failure.value.problem.code === 'grid_broken')

  return {
    openId, row, community, error, isPending, refetch, drawing: drawing.data, tool, chosen, labels, ring, closed, act, busy, failure, said,
    editable, range, borders, colours, grids, grid, chosenAtoms, inRing, atomLabels, conflict, broken,
    open, clear, choose, chooseGrid, moved, breaks, send, force, reload,
  }
}

export type Workbench = ReturnType<typeof useWorkbench>
export const WORKBENCH: InjectionKey<Workbench> = Symbol('workbench')

export function theWorkbench(): Workbench {
  const found = inject(WORKBENCH)
  if (!found) throw new Error('outside the workbench')
  return found
}
