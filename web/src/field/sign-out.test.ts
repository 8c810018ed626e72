import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { queryClient } from '@/api'
import { useShownFor } from '@/registry/look'
import { remember, signOut } from './state'

const PERSON = { id: '0197', name: '王小明', phone: '138****5678', id_number: '370*************1X' }

afterEach(() => vi.unstubAllGlobals())

describe('signing out of the phone page', () => {
  it('leaves nothing of anybody behind', async () => {
    vi.stubGlobal('fetch', async () => Response.json({ user: null, post: null, posts: [], acting_for: [], permissions: [] }))
    remember({ user: { id: '1', name: '网格员', username: 'wangge1', big_text: false, language: 'zh' }, permissions: [] } as never)
    queryClient.setQueryData(['registry', 'person', PERSON.id], PERSON)
    const scope = effectScope()
    const look = scope.run(() => useShownFor<{ name: string }>())
    look?.show({ name: PERSON.name })

    await signOut()

    expect(look?.values.value).toBeNull()
    expect(queryClient.getQueryCache().getAll()).toEqual([])
    expect(localStorage.getItem('wangge.field.session')).toBeNull()
    const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }])
    for (const value of Object.values(PERSON)) expect(kept).not.toContain(value)
    scope.stop()
  })
})
