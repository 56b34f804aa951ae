CREATE TABLE device_requests (
  id TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  public_key TEXT NOT NULL,
  request TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  roles TEXT NOT NULL,
  scopes TEXT NOT NULL,
  tokens TEXT NOT NULL,
  about TEXT NOT NULL,
  at INTEGER NOT NULL,
  approved_at INTEGER NOT NULL,
  seen_at INTEGER
) STRICT;
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  turn TEXT,
  role TEXT NOT NULL,
  parts TEXT NOT NULL,
  meta TEXT,
  tokens INTEGER NOT NULL,
  at INTEGER NOT NULL,
  up_to INTEGER
) STRICT;
CREATE VIRTUAL TABLE entries_text USING fts5 (text, content = '', contentless_delete = 1);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  message TEXT NOT NULL,
  session TEXT,
  run TEXT NOT NULL,
  options TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('new', 'held', 'taken', 'done', 'dropped')),
  reason TEXT,
  turn TEXT,
  at INTEGER NOT NULL,
  UNIQUE (channel, account, chat, platform_id)
) STRICT;
CREATE TABLE job_runs (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  slot INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('claimed', 'ok', 'error', 'skipped', 'interrupted')),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  UNIQUE (job, slot)
) STRICT;
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  state TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  next_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE kv (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE media (
  id TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  mime TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  name TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  chat TEXT NOT NULL,
  message TEXT NOT NULL,
  turn TEXT,
  state TEXT NOT NULL CHECK (state IN ('ready', 'sending', 'sent', 'unknown', 'failed', 'expired', 'dismissed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  expires_at INTEGER,
  platform_id TEXT,
  error TEXT,
  key TEXT UNIQUE,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE pairings (
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  user TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'allowed')),
  code TEXT,
  meta TEXT NOT NULL,
  at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (channel, account, user)
) STRICT;
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  key TEXT UNIQUE,
  was TEXT,
  agent TEXT NOT NULL,
  label TEXT,
  origin TEXT NOT NULL,
  settings TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  context_tokens INTEGER NOT NULL DEFAULT 0,
  compactions INTEGER NOT NULL DEFAULT 0,
  model TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  cause TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
  attempts INTEGER NOT NULL DEFAULT 1,
  options TEXT NOT NULL,
  stop TEXT,
  model TEXT,
  text TEXT,
  usage TEXT,
  error TEXT,
  started_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX entries_session ON entries (session, id);
CREATE INDEX inbox_open ON inbox (state, id) WHERE state IN ('new', 'held', 'taken');
CREATE INDEX inbox_overheard ON inbox (channel, account, chat) WHERE reason IN ('context', 'note');
CREATE INDEX inbox_run ON inbox (run);
CREATE INDEX inbox_turn ON inbox (turn) WHERE turn IS NOT NULL;
CREATE INDEX job_runs_open ON job_runs (state) WHERE state = 'claimed';
CREATE INDEX jobs_next ON jobs (next_at) WHERE enabled = 1 AND next_at IS NOT NULL;
CREATE INDEX outbox_open ON outbox (channel, account, chat, seq) WHERE state IN ('ready', 'sending');
CREATE INDEX outbox_trouble ON outbox (state, seq) WHERE state IN ('unknown', 'failed', 'expired');
CREATE UNIQUE INDEX sessions_label ON sessions (label) WHERE label IS NOT NULL AND key IS NOT NULL;
CREATE INDEX sessions_recent ON sessions (updated_at DESC) WHERE key IS NOT NULL;
CREATE INDEX turns_open ON turns (state) WHERE state IN ('queued', 'running');
CREATE INDEX turns_run ON turns (run);
