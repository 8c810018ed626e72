/** Cells of a table of people: null is a number the server left out because it is small or would tell a small one. */
export type Shown = number | null

/** A left-out cell says so; beside a total it could be anything, so it is never called a small one. */
export function cellWords(value: Shown): string {
  return value === null ? '—' : value.toLocaleString('zh-CN')
}
