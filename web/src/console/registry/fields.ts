/** A field of a plain form; labels and hints are keys of words. */
export interface FormField {
  name: string
  label: string
  type?: 'text' | 'textarea' | 'select' | 'multiple' | 'date' | 'number' | 'area' | 'unit' | 'boolean' | 'slot'
  required?: boolean
  wide?: boolean
  hint?: string
  /** What is known already: a text, not a key. */
  about?: string
  rows?: number
  min?: number
  max?: number
  level?: number
  known?: { id: string; name: string }[]
  options?: (values: Record<string, unknown>) => { value: string; label: string }[]
  when?: (values: Record<string, unknown>) => boolean
}

/** Choices from a group of words: `registry.sex` with its codes. */
export const choices = (t: (key: string) => string, group: string, codes: readonly string[]) => () =>
  codes.map((value) => ({ value, label: t(`registry.${group}.${value}`) }))
