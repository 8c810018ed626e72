import type { PlaceKind } from '@/api'
import { ESTATE_KINDS, ORGANISATIONS } from '@/registry/codes'
import { choices, type FormField } from './fields'

export const THINGS: PlaceKind[] = ['estates', 'premises', 'organisations', 'components', 'devices']

type Words = (key: string) => string

const POINT: FormField[] = [
  { name: 'lon', label: 'registry.lon', required: true },
  { name: 'lat', label: 'registry.lat', required: true },
]

/** The plain form of each kind of thing; `editing` leaves out what identifies it. */
export function formOf(kind: PlaceKind, t: Words, editing: boolean): FormField[] {
  const once = (fields: FormField[]) => (editing ? [] : fields)
  const name: FormField = { name: 'name', label: 'registry.thing.name', required: kind !== 'components' && kind !== 'devices', max: 80 }
  switch (kind) {
    case 'estates':
      return [
        name,
        ...once([{ name: 'area', label: 'level.l2', type: 'area', level: 2, required: true }]),
        { name: 'kind', label: 'registry.thing.kind', type: 'select', options: choices(t, 'estateKind', ESTATE_KINDS) },
        { name: 'built_year', label: 'registry.building.built', type: 'number', min: 1800, max: 2100 },
      ]
    case 'premises':
      return [
        name, { name: 'kind', label: 'registry.thing.kind', required: true, max: 24, hint: 'registry.thing.kindHint' },
        { name: 'address', label: 'registry.building.address', max: 160, wide: true }, ...once(POINT),
      ]
    case 'organisations':
      return [
        name, { name: 'kind', label: 'registry.thing.kind', type: 'select', required: true, options: choices(t, 'organisation', ORGANISATIONS) },
        ...once([
          { name: 'uscc', label: 'registry.thing.uscc', max: 18 },
          { name: 'no_uscc_reason', label: 'registry.thing.noUscc', max: 80, when: (values) => !values.uscc },
        ]),
        { name: 'address', label: 'registry.building.address', max: 160, wide: true },
        { name: 'employees', label: 'registry.thing.employees', type: 'number', max: 1000000 },
      ]
    case 'components':
      return [
        ...once([{ name: 'code', label: 'registry.thing.code', required: true, max: 40 }]),
        { name: 'kind', label: 'registry.thing.componentKind', required: true, max: 24 }, name, ...once(POINT),
        { name: 'state', label: 'registry.thing.state', type: 'select', options: choices(t, 'componentState', ['intact', 'damaged', 'missing', 'removed']) },
      ]
    case 'devices':
      return [
        ...once([{ name: 'code', label: 'registry.thing.code', required: true, max: 64 }]),
        {
          name: 'kind', label: 'registry.thing.kind', type: 'select', required: true,
          options: choices(t, 'deviceKind', ['camera', 'smoke', 'gas', 'water_level', 'emergency_button', 'door_magnet']),
        },
        name, ...once(POINT),
        { name: 'state', label: 'registry.thing.state', type: 'select', options: choices(t, 'deviceState', ['in_use', 'faulty', 'removed']) },
      ]
  }
}

const GROUP: Partial<Record<PlaceKind, string>> = { estates: 'estateKind', organisations: 'organisation', devices: 'deviceKind' }

/** The word for a thing's kind, where the list of kinds is closed. */
export const kindKey = (kind: PlaceKind, code: unknown): string => (GROUP[kind] ? `registry.${GROUP[kind]}.${String(code)}` : '')
