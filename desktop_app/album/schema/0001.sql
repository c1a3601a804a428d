-- Photos, albums, the history of the work on each photo, the queue and presets.
-- Written for SQLite 3.24: no STRICT tables, no RETURNING.

CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    added TEXT NOT NULL,
    sha256 TEXT NOT NULL DEFAULT '',
    bytes INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    format TEXT NOT NULL DEFAULT '',
    taken TEXT,
    thumbnail TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'faces_found', 'restored', 'exported', 'failed')),
    rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    flag TEXT NOT NULL DEFAULT 'none' CHECK (flag IN ('none', 'picked', 'rejected')),
    missing INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1)),
    error_kind TEXT NOT NULL DEFAULT '',
    error_arguments TEXT NOT NULL DEFAULT '{}',
    -- Removed by the user, who may still take it back; deleted at the next start.
    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    -- What searching and sorting by name compare; made from the path.
    search_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- Where in its history the photo stands.
    history_id INTEGER REFERENCES history (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX photos_content ON photos (sha256) WHERE sha256 != '';
CREATE INDEX photos_added ON photos (removed, added, id);
CREATE INDEX photos_history ON photos (history_id);

CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES history (id) ON DELETE SET NULL,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    arguments TEXT NOT NULL,
    -- The whole edit after the action: JSON, compressed with zlib.
    edit BLOB NOT NULL
);
CREATE INDEX history_photo ON history (photo_id, id);
CREATE INDEX history_parent ON history (parent_id);

-- Candidates picked in any entry of a history: never pruned.
CREATE TABLE picks (
    history_id INTEGER NOT NULL REFERENCES history (id) ON DELETE CASCADE,
    candidate TEXT NOT NULL,
    PRIMARY KEY (history_id, candidate)
) WITHOUT ROWID;

CREATE TABLE albums (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL UNIQUE
);
CREATE TABLE album_photos (
    album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    PRIMARY KEY (album_id, photo_id)
) WITHOUT ROWID;
CREATE INDEX album_photos_photo ON album_photos (photo_id);

CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('find', 'restore', 'export')),
    message BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'paused', 'done', 'failed', 'cancelled')),
    position REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    error_kind TEXT NOT NULL DEFAULT '',
    error_arguments TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX queue_position ON queue (position, id);
CREATE INDEX queue_photo ON queue (photo_id);

CREATE TABLE presets (
    name TEXT NOT NULL PRIMARY KEY,
    options TEXT NOT NULL
) WITHOUT ROWID;
