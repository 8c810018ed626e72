import type { DeepReadonly } from 'vue'
import type { PersonFull, PersonOut } from '@/api'

/** What becomes of one field when two records of a person are joined. */
export type Fate = 'same' | 'filled' | 'kept' | 'joined' | 'stop' | 'empty'

export interface Compared {
  field: string
  keep: string
  other: string
  fate: Fate
}

export interface Side {
  person: PersonOut
  full: DeepReadonly<PersonFull> | null
}

/** How a page words what the record holds in codes. */
export interface Words {
  sex: (person: PersonOut) => string
  registration: (person: PersonOut) => string
  status: (person: PersonOut) => string
  idKind: (person: PersonOut) => string
  relation: (kind: string) => string
  born: (year: number) => string
}

/** Both have one, and they differ: the server refuses to join people of two numbers or two days of birth. */
const STOPPING = new Set(['id_number', 'birth'])
const JOINED = new Set(['phones', 'tags', 'relations', 'ties'])
/** Taken from the other where the kept record says nothing. */
const FILLED = new Set(['birth', 'id_number', 'registered_address', 'ethnicity', 'workplace'])

export function fateOf(field: string, keep: string, other: string): Fate {
  if (!keep && !other) return 'empty'
  if (keep === other) return 'same'
  if (!other) return 'kept'
  if (JOINED.has(field)) return 'joined'
  if (!keep) return FILLED.has(field) ? 'filled' : 'kept'
  return STOPPING.has(field) ? 'stop' : 'kept'
}

const list = (values: readonly string[]) => [...new Set(values)].sort().join('、')

function values({ person, full }: Side, words: Words): Record<string, string> {
  return {
    name: full?.name ?? person.name,
    sex: words.sex(person),
    birth: full?.birth ?? (person.birth_year ? words.born(person.birth_year) : person.age_band),
    id_kind: person.id_kind ? words.idKind(person) : '',
    id_number: full?.id_number ?? person.id_number,
    phones: full?.phones ? list(full.phones) : person.phone,
    registration: words.registration(person),
    status: words.status(person),
    address: person.address,
    household: person.household?.number ?? '',
    registered_address: full?.registered_address ?? '',
    ethnicity: full?.ethnicity ?? '',
    workplace: full?.workplace ?? '',
    tags: list(person.tags.map((tag) => tag.name)),
    relations: list(person.relations.map((one) => `${words.relation(one.kind)} ${one.person.name}`)),
    ties: list(person.ties.flatMap((tie) => (tie.place && tie.kind !== 'lives' ? [`${tie.kind_name} ${tie.place.name}`] : []))),
  }
}

/** Field by field; what neither says is left out. */
export function compare(keep: Side, other: Side, words: Words): Compared[] {
  const [left, right] = [values(keep, words), values(other, words)]
  return Object.keys(left)
    .map((field) => {
      const [a, b] = [left[field] ?? '', right[field] ?? '']
      return { field, keep: a, other: b, fate: fateOf(field, a, b) }
    })
    .filter((row) => row.fate !== 'empty')
}
