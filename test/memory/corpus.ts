// A small labelled set: notes of an invented person, and questions with the note that answers each.
export const notes: Readonly<Record<string, string>> = {
  'MEMORY.md': `# About Ann
- Ann is allergic to peanuts and shellfish.
- Her car is a blue Skoda Octavia, plate HH-AB 1234.
- She prefers window seats and flies from Hamburg.
- Her sister Clara lives in Lisbon; her birthday is on 4 March.
`,
  'memory/2026-01-12.md': `# 12 January
Moved the backup job to the NAS. Error E4711 came from a full disk; pruning snapshots fixed it.
The router got a new password, kept in the safe.
`,
  'memory/2026-02-03.md': `# 3 February
Doctor said blood pressure is fine, next check-up in August. Started taking vitamin D in the morning.
`,
  'memory/2026-03-20.md': `# 20 March
Planned the trip to Portugal: flight TP567 on 2 May, hotel Casa do Rio for five nights. Budget 1200 euros.
`,
  'memory/2026-04-08.md': `# 8 April
The dishwasher leaks. Plumber Mr Hansen comes on Tuesday; invoice goes to the landlord.
`,
  'memory/2026-05-15.md': `# 15 May
Team decided to use PostgreSQL instead of MySQL for the billing service. Release is planned for June.
Lena takes over the payments module from Jonas.
`,
  'memory/2026-06-01.md': `# 1 June
Garden: tomatoes planted, the apple tree needs pruning in autumn. The neighbour waters while we are away.
`,
  'memory/people/jonas.md': `# Jonas
Colleague, left the company in May. Likes chess and black coffee. Phone 0151 2345678.
`,
}

/** Questions in the words of the notes, in other words, and by exact names; and the file that answers. */
export const questions: readonly (readonly [string, string])[] = [
  ['what is Ann allergic to', 'MEMORY.md'],
  ['E4711', 'memory/2026-01-12.md'],
  ['flight TP567', 'memory/2026-03-20.md'],
  ['which database for the billing service', 'memory/2026-05-15.md'],
  ['phone number of Jonas', 'memory/people/jonas.md'],
  ['when does the plumber come', 'memory/2026-04-08.md'],
  // other words than the notes use
  ['which automobile does she drive', 'MEMORY.md'],
  ['upcoming holiday abroad', 'memory/2026-03-20.md'],
  ['medical examination', 'memory/2026-02-03.md'],
  ['storage was out of space', 'memory/2026-01-12.md'],
  ['fruit and vegetables outside', 'memory/2026-06-01.md'],
  ['repairs in the kitchen', 'memory/2026-04-08.md'],
]

/** Words that mean about the same: the fake embedding server puts them in the same place. */
export const meanings: readonly (readonly string[])[] = [
  ['car', 'automobile', 'skoda', 'octavia', 'drive', 'plate', 'vehicle'],
  ['trip', 'holiday', 'flight', 'hotel', 'abroad', 'portugal', 'travel', 'flies'],
  ['doctor', 'medical', 'check-up', 'examination', 'blood', 'vitamin'],
  ['disk', 'storage', 'space', 'full', 'backup', 'snapshots', 'nas'],
  ['garden', 'tomatoes', 'apple', 'fruit', 'vegetables', 'tree', 'outside'],
  ['dishwasher', 'plumber', 'leaks', 'repairs', 'kitchen', 'landlord'],
  ['allergic', 'peanuts', 'shellfish'],
  ['postgresql', 'mysql', 'database', 'billing'],
  ['phone', 'number', 'colleague', 'chess'],
  ['sister', 'birthday', 'clara'],
]
