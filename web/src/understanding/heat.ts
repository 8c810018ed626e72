import type { HeatPart } from '@/api/understanding'

/** In the order in which they are told. */
export const HEAT_PARTS: readonly HeatPart[] = ['count', 'people', 'growth', 'severity', 'likes', 'dislikes']
