-- Jobs by time, and every run of one: a slot is claimed by its row before anything is done.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  state TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  next_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_next ON jobs (next_at) WHERE enabled = 1 AND next_at IS NOT NULL;
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
CREATE INDEX job_runs_open ON job_runs (state) WHERE state = 'claimed';
