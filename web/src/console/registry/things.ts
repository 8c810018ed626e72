import type { PlaceKind, Vocabulary } from '@/api'
import { ORGANISATIONS } from '@/registry/codes'
import { choices, type FormField } from './fields'

export const THINGS: PlaceKind[] = ['estates', 'premises', 'organisations', 'components', 'devices']

type Words = (key: string) => string
type Options = (group: keyof Vocabulary) => () => { value: string; label: string }[]

const LINE = { max: 80 }
const NAME: FormField = { name: 'name', label: 'registry.thing.name', required: true, ...LINE }
const NICKNAME: FormField = { name: 'name', label: 'registry.thing.name', ...LINE }
const ADDRESS: FormField = { name: 'address', label: 'registry.building.address', max: 160, wide: true }
const CODE: FormField = { name: 'code', label: 'registry.thing.code', required: true, max: 40 }
const POINT: FormField[] = [
  { name: 'lon', label: 'registry.lon', required: true },
  { name: 'lat', label: 'registry.lat', required: true },
]

const kindOf = (options: Options, group: keyof Vocabulary): FormField => ({
  name: 'kind', label: 'registry.thing.kind', type: 'select', required: true, options: options(group),
})
const stateOf = (options: Options, group: keyof Vocabulary): FormField => ({
  name: 'state', label: 'registry.thing.state', type: 'select', options: options(group),
})

/** The plain form of each kind of thing; when changing one, what identifies and places it is left out. */
const FORMS: Record<PlaceKind, (options: Options, t: Words) => { always: FormField[]; once: FormField[] }> = {
  estates: (options) => ({
    always: [NAME, kindOf(options, 'estate_kinds'), { name: 'built_year', label: 'registry.building.built', type: 'number', min: 1000, max: 2100 }],
    once: [{ name: 'area', label: 'level.l2', type: 'area', level: 2, required: true }],
  }),
  premises: (options) => ({
    always: [NAME, kindOf(options, 'premises_kinds'), ADDRESS, { name: 'hazards', label: 'registry.thing.hazards', type: 'multiple', wide: true, options: options('hazards') }],
    once: POINT,
  }),
  organisations: (_options, t) => ({
    always: [
      NAME, { name: 'kind', label: 'registry.thing.kind', type: 'select', required: true, options: choices(t, 'organisation', ORGANISATIONS) }, ADDRESS,
      { name: 'employees', label: 'registry.thing.employees', type: 'number', max: 10_000_000 },
    ],
    once: [
      { name: 'uscc', label: 'registry.thing.uscc', max: 18 },
      { name: 'no_uscc_reason', label: 'registry.thing.noUscc', max: 80, when: (values) => !values.uscc },
    ],
  }),
  components: (options) => ({ always: [kindOf(options, 'component_kinds'), NICKNAME, stateOf(options, 'component_states')], once: [CODE, ...POINT] }),
  devices: (options) => ({ always: [kindOf(options, 'device_kinds'), NICKNAME, stateOf(options, 'device_states')], once: [CODE, ...POINT] }),
}

export function formOf(kind: PlaceKind, options: Options, t: Words, editing: boolean): FormField[] {
  const { always, once } = FORMS[kind](options, t)
  return editing ? always : [...always, ...once]
}

/** Where the vocabulary keeps the words of a thing's kind and state. */
export const KIND_GROUP: Record<PlaceKind, keyof Vocabulary> = {
  estates: 'estate_kinds', premises: 'premises_kinds', organisations: 'organisation_kinds', components: 'component_kinds', devices: 'device_kinds',
}
export const STATE_GROUP: Partial<Record<PlaceKind, keyof Vocabulary>> = { components: 'component_states', devices: 'device_states' }
