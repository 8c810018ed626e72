export interface Part {
  text: string
  hit: boolean
}

/** The text cut at what is to be marked; spans may overlap, lie outside or come in any order. */
export function markSpans(text: string, spans: readonly { start: number; end: number }[]): Part[] {
  const hits = new Uint8Array(text.length)
  for (const { start, end } of spans) hits.fill(1, Math.max(0, start), Math.max(0, end))
  const parts: Part[] = []
  for (let index = 0; index < text.length; index += 1) {
    const hit = hits[index] === 1
    const last = parts.at(-1)
    if (last && last.hit === hit) last.text += text[index]
    else parts.push({ text: text[index] ?? '', hit })
  }
  return parts
}

/** Where each word stands in the text, as often as it does. */
export function spansOf(text: string, words: readonly string[]): { start: number; end: number }[] {
  return words.filter(Boolean).flatMap((word) => {
    const found: { start: number; end: number }[] = []
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) found.push({ start: at, end: at + word.length })
    return found
  })
}
