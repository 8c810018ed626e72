/** What a form of a person sends: phones as a list, nothing that was left empty. */
export function personBody(values: Record<string, unknown>): Record<string, unknown> {
  const { phone, ...rest } = values
  const phones = typeof phone === 'string' ? phone.split(/[\s,，、;；/]+/).filter(Boolean) : []
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined && value !== '')),
    ...(phones.length ? { phones } : {}),
  }
}
