/** A bulletin's paper, as the server puts it into words: the same for page, workbook and print. */
export interface PaperHead {
  issuer: string
  number: string
  title: string
  subtitle: string
  date: string
}
export interface PaperFigure {
  label: string
  value: string
  change: string
}
export type PaperCell = string | number | { text: string; value?: number | null; tone?: string }
export interface TableBlock {
  type: 'table'
  caption: string
  columns: { name: string; wide: boolean; number: boolean }[]
  rows: PaperCell[][]
  notes: string[]
}
export interface RanksBlock {
  type: 'ranks'
  caption: string
  from: number
  to: number
  rows: { label: string; value: number; low: number; high: number; text: string; marked: boolean }[]
  notes: string[]
}
export interface LinesBlock {
  type: 'lines'
  caption: string
  unit: string
  digits: number
  from_zero: boolean
  labels: string[]
  series: { name: string; values: (number | null)[] }[]
  notes: string[]
}
export type PaperBlock = TableBlock | RanksBlock | LinesBlock
export interface PaperSection {
  heading: string
  wide: boolean
  paragraphs: string[]
  blocks: PaperBlock[]
}
export interface Paper {
  head: PaperHead
  figures: PaperFigure[]
  sections: PaperSection[]
  notes: string[]
  foot_line: string
}

export const cellText = (cell: PaperCell): string => (typeof cell === 'object' ? cell.text : String(cell))
export const cellTone = (cell: PaperCell): string => (typeof cell === 'object' ? cell.tone ?? '' : '')
