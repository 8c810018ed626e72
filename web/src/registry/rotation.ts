import type { KeysOut, Upkeep } from '@/api'

/** Where a change of keys stands: which step is next, and how far the sealing is. */
export interface Rotation {
  step: 'make' | 'seal' | 'drop'
  /** Values under older keys that are at hand. */
  left: number
  /** Old keys that hold nothing any more. */
  empty: KeysOut['keys']
  /** Keys that some value needs and nobody has. */
  lost: KeysOut['keys']
  /** The run that is not at its end. */
  run: Upkeep | null
  total: number
  percent: number
}

export function rotationOf({ keys, reindexed, runs }: Pick<KeysOut, 'keys' | 'reindexed' | 'runs'>): Rotation {
  const old = keys.filter((key) => key.at_hand && !key.current)
  const left = old.reduce((all, key) => all + key.rows, 0)
  const run = runs.find((each) => !each.finished_at) ?? null
  const total = Math.max(Number(run?.detail.total ?? 0), run?.done ?? 0)
  return {
    step: left > 0 || run || !reindexed ? 'seal' : old.length ? 'drop' : 'make',
    left,
    empty: old.filter((key) => key.rows === 0),
    lost: keys.filter((key) => !key.at_hand && key.rows > 0),
    run,
    total,
    percent: total ? Math.min(100, Math.floor(((run?.done ?? 0) / total) * 100)) : 0,
  }
}
