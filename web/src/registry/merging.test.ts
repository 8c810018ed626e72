import { describe, expect, it } from 'vitest'
import type { PersonOut } from '@/api'
import { compare, fateOf, type Words } from './merging'

const words: Words = {
  sex: (person) => person.sex, registration: (person) => person.registration, status: (person) => person.status,
  idKind: (person) => person.id_kind, relation: (kind) => kind, born: (year) => String(year),
}

function person(values: Partial<PersonOut>): PersonOut {
  return {
    id: 'a', name: '王*', sex: 'male', birth_year: 1980, age_band: '40-49', registration: 'registered', registration_name: '', status: 'living_here',
    status_name: '', household_role: '', role_name: '', tags: [], phone: '', stale: false, version: 1, id_kind: 'none', id_number: '',
    no_id_reason: '', address: '', dwelling: null, building: null, household: null, ties: [], relations: [], confirmed: {},
    can: { change: true, look: true, tag: true }, ...values,
  } as PersonOut
}

describe('two records of one person', () => {
  it.each([
    ['phones', '138', '139', 'joined'],
    ['workplace', '', '学校', 'filled'],
    ['workplace', '医院', '学校', 'kept'],
    ['address', '', '某楼', 'kept'],
    ['id_number', '370***1', '370***2', 'stop'],
    ['birth', '1980-01-02', '1980-01-02', 'same'],
    ['name', '王*', '', 'kept'],
    ['tags', '', '', 'empty'],
  ] as const)('%s: “%s” and “%s” are %s', (field, keep, other, fate) => {
    expect(fateOf(field, keep, other)).toBe(fate)
  })

  it('are compared by their full values where these are shown', () => {
    const one = { person: person({ id_number: '999***1234' }), full: { id_number: '999001198001021234', phones: ['13900000002', '13900000001'] } }
    const two = { person: person({ id_number: '999***1234', phone: '139****0001' }), full: { id_number: '999002198001021234' } }
    const rows = new Map(compare(one, two, words).map((row) => [row.field, row]))
    expect(rows.get('id_number')?.fate).toBe('stop')
    expect(rows.get('phones')).toEqual({ field: 'phones', keep: '13900000001、13900000002', other: '139****0001', fate: 'joined' })
    expect(rows.get('name')?.fate).toBe('same')
    expect(rows.has('ethnicity')).toBe(false)
  })
})
