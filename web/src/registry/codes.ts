/** Codes of the registry's closed lists, in the order in which forms offer them; their words are in i18n. */
export const REGISTRATIONS = ['registered', 'away', 'floating', 'overseas'] as const
export const SEXES = ['female', 'male', 'unknown'] as const
export const USES = ['home', 'rented', 'collective', 'shop', 'office', 'storage', 'vacant', 'unknown'] as const
export const ROLES = ['head', 'spouse', 'child', 'parent', 'grandchild', 'grandparent', 'sibling', 'in_law', 'tenant', 'lodger', 'other'] as const
export const ID_KINDS = [
  'resident_id', 'residence_permit', 'passport', 'foreign_passport', 'hk_macao_permit', 'taiwan_permit', 'foreign_resident',
  'military', 'birth_certificate', 'none',
] as const
export const TIES = ['lives', 'registered', 'owns', 'rents', 'works', 'responsible'] as const
export const LEAVING = ['absent', 'moved_out', 'deceased'] as const
export const RELATIONS = ['spouse', 'parent', 'guardian', 'carer', 'contact'] as const
/** Written down by hand; who lives where is a move. */
export const TIES_BY_HAND: readonly string[] = ['owns', 'rents', 'works', 'responsible']
/** What a sheet may hold. */
export const SHEET_KINDS = ['residents', 'dwellings', 'organisations', 'premises', 'components', 'devices'] as const
export const ESTATE_ROLES = [
  'property_company', 'owners_committee', 'residents_committee', 'party_branch', 'courtyard_team', 'red_property',
] as const
export const ORGANISATIONS = ['enterprise', 'sole_trader', 'social', 'institution', 'property_company', 'owners_committee'] as const
export const STATISTICS_BY = ['registration', 'sex', 'age', 'tag'] as const
