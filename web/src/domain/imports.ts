import type { ImportField, ImportOut } from '@/api/types'

export interface ImportOptions {
  history: boolean
  crs: string
  timezone: string
}

export function optionsOf(run: Pick<ImportOut, 'options'>): ImportOptions {
  const { history, crs, timezone } = run.options
  return { history: Boolean(history), crs: String(crs ?? ''), timezone: String(timezone ?? 'Asia/Shanghai') }
}

/** Fields to offer: those of history only when the rows are past cases. */
export function offeredFields(fields: readonly ImportField[], history: boolean): ImportField[] {
  return fields.filter((field) => history || !field.history)
}

export type MappingProblem = 'text' | 'crs' | 'pair' | 'time'

/** What keeps a mapping from being run, as the server will say too. */
export function mappingProblems(mapping: Record<string, string>, options: ImportOptions): MappingProblem[] {
  const problems: MappingProblem[] = []
  if (!mapping.title && !mapping.description) problems.push('text')
  if (Boolean(mapping.lon) !== Boolean(mapping.lat)) problems.push('pair')
  if (mapping.lon && !options.crs) problems.push('crs')
  if (options.history && !mapping.occurred_at) problems.push('time')
  return problems
}

/** 0 to 1; an import's every row ends as created, duplicate or failed. */
export function importProgress(run: Pick<ImportOut, 'total' | 'created' | 'duplicate' | 'failed'>): number {
  return run.total ? Math.min(1, (run.created + run.duplicate + run.failed) / run.total) : 0
}
