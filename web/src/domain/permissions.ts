/** Permission names the console asks about; the server decides, the page only hides what would be refused. */
export const Perm = {
  READ: 'casework:case:read',
  SUBMIT: 'casework:case:submit',
  EXPORT: 'casework:case:export',
  REGISTER: 'casework:case:register',
  LOOK: 'casework:reporter:look',
  WHISTLE: 'casework:whistle:call',
  REPORT_IN: 'casework:whistle:report_in',
} as const
