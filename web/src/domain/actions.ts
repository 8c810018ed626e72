import type { Action, ActionField, CaseOut } from '@/api/types'

/** The step that moves a case on, most forward first; the first one offered is the page's primary button. */
const FORWARD = [
  'acknowledge', 'accept', 'register', 'dispatch', 'handle', 'verify', 'close', 'call_back', 'resume', 'rule',
  'handle_on_the_spot', 'rate', 'report_in', 'contribute', 'grade', 'end',
]
const BESIDE = ['register', 'handle', 'handle_on_the_spot', 'call_back', 'reject', 'send_back', 'whistle', 'reassign', 'reopen', 'supervise']
const SHOWN = 4

const rank = (order: string[], step: string) => {
  const at = order.indexOf(step)
  return at < 0 ? order.length : at
}

export interface ArrangedActions {
  primary: Action | null
  beside: Action[]
  more: Action[]
}

/** Primary first, a few beside it, everything else behind "more"; what destroys something is never in front. */
export function arrangeActions(actions: readonly Action[], shown = SHOWN): ArrangedActions {
  const forward = actions.filter((action) => FORWARD.includes(action.step) && !action.danger)
  const primary = [...forward].sort((a, b) => rank(FORWARD, a.step) - rank(FORWARD, b.step))[0] ?? null
  const others = actions.filter((action) => action !== primary)
  const beside = others
    .filter((action) => !action.danger && (BESIDE.includes(action.step) || FORWARD.includes(action.step)))
    .sort((a, b) => rank(BESIDE, a.step) - rank(BESIDE, b.step))
    .slice(0, Math.max(0, shown - 1))
  return { primary, beside, more: others.filter((action) => !beside.includes(action)) }
}

export type FormValues = Record<string, unknown>

/** Asking for time: working days belong to an extension, a last day to standing still. */
const ONLY_FOR: Record<string, string> = { extend_days: 'extend', until: 'carry_over' }

/** The inputs that what was chosen so far calls for; those of the kind chosen must be filled in. */
export function fieldsFor(fields: readonly ActionField[], values: FormValues): ActionField[] {
  const kinds = fields.find((field) => field.name === 'kind')?.options?.map((option) => option.value) ?? []
  return fields.flatMap((field) => {
    const kind = ONLY_FOR[field.name]
    if (!kind || !kinds.includes(kind)) return [field]
    return values.kind === kind ? [{ ...field, required: true }] : []
  })
}

/** What a dialog starts with: the case's own answers where it has them. */
export function startValues(fields: readonly ActionField[], about: Partial<CaseOut> = {}): FormValues {
  const known: FormValues = {
    category: about.category?.code,
    area: about.area?.id,
    address: about.address,
    urgency: about.urgency,
    lead_unit: about.lead_unit?.id,
  }
  return Object.fromEntries(
    fields.map((field) => {
      const start = field.default ?? known[field.name]
      if (field.type === 'units' || field.type === 'attachments') return [field.name, start ?? []]
      if (field.type === 'boolean') return [field.name, start ?? false]
      return [field.name, start ?? null]
    }),
  )
}

const blank = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'string' && !value.trim()) || (Array.isArray(value) && !value.length)

/** Names of the required fields still empty. */
export function missingFields(action: Pick<Action, 'fields' | 'needs_reason'>, values: FormValues): string[] {
  const missing = action.fields.filter((field) => field.required && blank(values[field.name])).map((field) => field.name)
  return action.needs_reason && blank(values.reason) ? [...missing, 'reason'] : missing
}

/** What is sent: only what was filled in. */
export function sentValues(values: FormValues): FormValues {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => !blank(value))
      .map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]),
  )
}
