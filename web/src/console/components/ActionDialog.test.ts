import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Action, Problem } from '@/api'
import ActionDialog from './ActionDialog.vue'

/* Element Plus shows a field's error a moment later; a busy machine makes the moment long. */
const PATIENT = { timeout: 4_000 }

const action: Action = {
  step: 'send_back',
  label: '退单',
  label_en: 'Send back',
  permission: 'casework:order:send_back',
  needs_reason: true,
  danger: false,
  fields: [
    {
      name: 'send_back_code', type: 'select', label: '退单原因', label_en: 'Why', required: true,
      options: [{ value: 'not_ours', label: '不属于本单位职责', label_en: 'Not ours' }],
    },
  ],
}

async function open(send: (step: string, values: Record<string, unknown>) => Promise<unknown>, reload = vi.fn(async () => undefined)) {
  const dialog = mount(ActionDialog, {
    props: { action, send, reload },
    global: { stubs: { teleport: true, transition: true } },
    attachTo: document.body,
  })
  await vi.waitUntil(() => dialog.find('form').exists(), PATIENT)
  const button = (words: string) => dialog.findAll('button').find((each) => each.text() === words)
  return { dialog, button, reload }
}

async function fill(dialog: Dialog): Promise<void> {
  await dialog.find('input[type=radio]').setValue()
  await dialog.find('textarea').setValue(' 属于城管局 ')
}

type Dialog = Awaited<ReturnType<typeof open>>['dialog']
const errors = (dialog: Dialog) => dialog.findAll('.el-form-item__error').map((each) => each.text())

afterEach(() => (document.body.innerHTML = ''))

describe('the dialog of a step', () => {
  it('asks for each field of the action and for the reason', async () => {
    const { dialog } = await open(vi.fn())
    expect(dialog.findAll('.el-form-item__label').map((label) => label.text())).toEqual(['退单原因', '理由'])
  })

  it('sends nothing while something required is missing, and says what', async () => {
    const send = vi.fn()
    const { dialog, button } = await open(send)
    await button('退单')?.trigger('click')
    expect(send).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(errors(dialog)).toEqual(['请填写退单原因', '请填写理由']), PATIENT)
  })

  it('sends what was filled in, once, however often the button is pressed', async () => {
    let finish: () => void = () => undefined
    const send = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
    const { dialog, button } = await open(send)
    await fill(dialog)
    await button('退单')?.trigger('click')
    await button('退单')?.trigger('click')
    finish()
    await flushPromises()
    expect(send.mock.calls).toEqual([['send_back', { send_back_code: 'not_ours', reason: '属于城管局' }]])
    expect(dialog.emitted('done')).toHaveLength(1)
  })

  it('names who was first on a conflict, and keeps what was typed', async () => {
    const conflict = new Problem(409, 'conflict', {
      by: '李敏', at: '2026-11-21T10:03:00+08:00', action: 'casework:case:dispatch', current_version: 4,
    })
    const { dialog, button, reload } = await open(vi.fn(async () => Promise.reject(conflict)))
    await fill(dialog)
    await button('退单')?.trigger('click')
    await flushPromises()
    expect(dialog.text()).toContain('李敏')
    expect(dialog.text()).toContain('派单')
    await button('重新加载')?.trigger('click')
    await flushPromises()
    expect(reload).toHaveBeenCalledTimes(1)
    expect((dialog.find('textarea').element as HTMLTextAreaElement).value).toContain('属于城管局')
  })

  it('puts the server’s objections beside their fields', async () => {
    const refused = new Problem(422, 'invalid', { errors: [{ at: 'body.reason', zh: '请引用清单条款', en: 'Cite the clause' }] })
    const { dialog, button } = await open(vi.fn(async () => Promise.reject(refused)))
    await fill(dialog)
    await button('退单')?.trigger('click')
    await flushPromises()
    await vi.waitFor(() => expect(errors(dialog)).toEqual(['请引用清单条款']), PATIENT)
  })
})
