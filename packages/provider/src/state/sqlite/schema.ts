/**
 * Migrations, one per version; `PRAGMA user_version` counts how many ran. Amounts are decimal text (they exceed 64
 * bits), times Unix milliseconds. `pods.port` and `pods.host` are of the ingress, and null once a pod is removed;
 * their indexes hold all of a route, so that a look-up reads no row of `pods`. Keys and opened secrets are never stored: `request` holds secrets sealed.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE pods (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    label TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    generation INTEGER NOT NULL,
    request BLOB NOT NULL,
    channel TEXT NOT NULL,
    prices TEXT NOT NULL,
    rate TEXT NOT NULL,
    reason TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE usage (
    seq INTEGER PRIMARY KEY,
    pod TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    rate TEXT NOT NULL,
    exec TEXT NOT NULL
  ) STRICT;
  CREATE INDEX usage_pod ON usage (pod, seq);
  CREATE TABLE claims (pod TEXT PRIMARY KEY, exec TEXT NOT NULL, updated INTEGER NOT NULL) STRICT;
  CREATE TABLE nonces (nonce TEXT PRIMARY KEY, deadline INTEGER NOT NULL) STRICT;
  CREATE TABLE protected_digests (
    digest TEXT NOT NULL, image TEXT NOT NULL, developer TEXT NOT NULL, PRIMARY KEY (digest, image)
  ) STRICT;
  CREATE TABLE grants (
    image TEXT NOT NULL, key_id TEXT NOT NULL, developer TEXT NOT NULL, not_after INTEGER NOT NULL,
    document TEXT NOT NULL, received INTEGER NOT NULL, PRIMARY KEY (image, key_id, developer)
  ) STRICT;
  CREATE TABLE statements (monitor TEXT PRIMARY KEY, document TEXT NOT NULL, fetched INTEGER NOT NULL) STRICT;
  CREATE TABLE transactions (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, pod TEXT NOT NULL, amount TEXT NOT NULL, status TEXT NOT NULL,
    hash TEXT, error TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE pods ADD COLUMN port INTEGER;
  ALTER TABLE pods ADD COLUMN host TEXT;
  UPDATE pods SET
    port = json_extract(CAST(request AS TEXT), '$.manifest.ingress.port'),
    host = lower(json_extract(CAST(request AS TEXT), '$.manifest.ingress.host'))
    WHERE state <> 'removed';
  CREATE INDEX pods_route_label ON pods (label, id, state, port) WHERE port IS NOT NULL;
  CREATE INDEX pods_route_host ON pods (host, created, id, state, port) WHERE host IS NOT NULL;
  `,
  // Images may share layers: what each names is checked against its own bytes.
  "DROP TABLE protected_digests;",
  // Version 1 of grants is refused, and would stand in the way of the next grant of the same image.
  "DELETE FROM grants WHERE json_extract(document, '$.version') = 1;",
  // Pods had the id of their one channel; their requests are of a version that is not read any more, so they end.
  `
  ALTER TABLE pods ADD COLUMN publisher TEXT NOT NULL DEFAULT '';
  ALTER TABLE pods ADD COLUMN pod_id TEXT NOT NULL DEFAULT '';
  UPDATE pods SET
    publisher = json_extract(channel, '$.header.publisher'),
    pod_id = json_extract(channel, '$.header.podId'),
    state = CASE state WHEN 'removed' THEN state ELSE 'draining' END;
  CREATE TABLE channels (id TEXT PRIMARY KEY, pod TEXT NOT NULL, seq INTEGER NOT NULL, terms TEXT NOT NULL) STRICT;
  CREATE INDEX channels_pod ON channels (pod, seq);
  INSERT INTO channels (id, pod, seq, terms) SELECT id, id, 1, channel FROM pods;
  ALTER TABLE pods DROP COLUMN channel;
  ALTER TABLE usage RENAME COLUMN pod TO channel;
  ALTER TABLE claims RENAME COLUMN pod TO channel;
  ALTER TABLE transactions RENAME COLUMN pod TO channel;
  CREATE TABLE pod_keys (
    pod TEXT NOT NULL, key TEXT NOT NULL, scopes TEXT NOT NULL, not_after INTEGER, PRIMARY KEY (pod, key)
  ) STRICT;
  `,
];
