/** What the pages work out about an import: what is missing in a mapping, how far a run is, what is still to decide. */

export interface SheetField {
  field: string
  name: string
  required: boolean
}

/** Names of the required fields without a column. */
export function missingColumns(fields: readonly SheetField[], mapping: Record<string, string>): string[] {
  return fields.filter((each) => each.required && !mapping[each.field]).map((each) => each.name)
}

/** Columns meant twice: the server would read one value into two fields. */
export function doubleColumns(mapping: Record<string, string>): string[] {
  const used = Object.values(mapping).filter(Boolean)
  return [...new Set(used.filter((column, at) => used.indexOf(column) !== at))]
}

export const chosenColumns = (mapping: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(mapping).filter(([, column]) => column))

/** 0 to 1 by the row reached. */
export function sheetProgress(run: { total: number; next_row: number; state: string }): number {
  if (run.state === 'done' || run.state === 'conflicts') return 1
  return run.total ? Math.min(1, run.next_row / run.total) : 0
}
