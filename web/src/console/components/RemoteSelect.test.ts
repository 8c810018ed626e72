import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import RemoteSelect from './RemoteSelect.vue'

interface Row {
  id: string
  name: string
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a select that searches on the server', () => {
  it('shows what was asked last, though an earlier answer comes later', async () => {
    const answers = new Map<string, (rows: Row[]) => void>()
    const search = (text: string) => new Promise<Row[]>((resolve) => answers.set(text, resolve))
    const select = mount(RemoteSelect as never, { props: { modelValue: null, search } as never })
    const ask = (select.findComponent({ name: 'ElSelect' }).props() as { remoteMethod: (text: string) => void }).remoteMethod

    ask('')
    vi.advanceTimersByTime(250)
    ask('纬一路')
    vi.advanceTimersByTime(250)
    answers.get('纬一路')?.([{ id: '2', name: '纬一路社区' }])
    await flushPromises()
    answers.get('')?.([{ id: '1', name: '大观园街道' }])
    await flushPromises()

    const shown = select.findAllComponents({ name: 'ElOption' }).map((option) => (option.props() as { label: string }).label)
    expect(shown).toEqual(['纬一路社区'])
    select.unmount()
  })
})
