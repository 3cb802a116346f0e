import type { DatabaseSync } from "node:sqlite";
import {
  type BlockStatement,
  blockStatementSchema,
  type Grant,
  parseGrant,
  type PodKey,
  toWire,
} from "@apoc/core";
import type { Digest } from "@apoc/oci";
import type { Hex } from "viem";
import type { AdmissionMemory } from "../admission-memory.ts";
import { transaction } from "./database.ts";

/** Most grants that are kept; anybody may upload one. */
const maxGrants = 10_000;
/** Most keys of one pod, revoked ones too. */
const maxPodKeys = 256;

/** Tables `nonces`, `pod_keys`, `grants` and `statements`. */
export class SqliteAdmissionMemory implements AdmissionMemory {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async useNonce(nonce: string, deadline: number, now: number): Promise<boolean> {
    this.#database.prepare("DELETE FROM nonces WHERE deadline < ?").run(now);
    const { changes } = this.#database
      .prepare("INSERT INTO nonces (nonce, deadline) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .run(nonce, deadline);
    return Number(changes) === 0;
  }

  async keepPodKey(pod: string, { key, scopes, notAfter }: PodKey): Promise<boolean> {
    return transaction(this.#database, () => {
      const known = this.#podKey(pod, key);
      if (known?.scopes.length === 0) return scopes.length === 0;
      const row = this.#database.prepare("SELECT count(*) AS n FROM pod_keys WHERE pod = ?").get(pod);
      if (known === undefined && Number(row?.["n"]) >= maxPodKeys) return false;
      this.#database
        .prepare(
          `INSERT INTO pod_keys (pod, key, scopes, not_after) VALUES (?, ?, ?, ?)
           ON CONFLICT (pod, key) DO UPDATE SET scopes = excluded.scopes, not_after = excluded.not_after`,
        )
        .run(pod, key, JSON.stringify(scopes), notAfter ?? null);
      return true;
    });
  }

  async podKey(pod: string, key: string): Promise<PodKey | undefined> {
    return this.#podKey(pod, key);
  }

  async keepGrant(grant: Grant, now: number): Promise<boolean> {
    return transaction(this.#database, () => {
      this.#database.prepare("DELETE FROM grants WHERE not_after < ?").run(Math.floor(now / 1000) - 86_400);
      const count = Number(this.#database.prepare("SELECT count(*) AS n FROM grants").get()?.["n"]);
      if (count >= maxGrants) return false;
      this.#database
        .prepare(
          `INSERT INTO grants (image, key_id, developer, not_after, document, received) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (image, key_id, developer) DO UPDATE SET not_after = excluded.not_after,
             document = excluded.document, received = excluded.received
           WHERE excluded.not_after >= grants.not_after`,
        )
        .run(grant.image, grant.providerKeyId, grant.developer, grant.notAfter, JSON.stringify(grant), now);
      return true;
    });
  }

  async grants(image: Digest, keyId: string, developer: string): Promise<Grant[]> {
    return this.#database
      .prepare("SELECT document FROM grants WHERE image = ? AND key_id = ? AND developer = ?")
      .all(image, keyId, developer)
      .map((row) => parseGrant(row["document"] as string));
  }

  async keepStatement(statement: BlockStatement, now: number): Promise<void> {
    this.#database
      .prepare(
        `INSERT INTO statements (monitor, document, fetched) VALUES (?, ?, ?)
         ON CONFLICT (monitor) DO UPDATE SET document = excluded.document, fetched = excluded.fetched`,
      )
      .run(statement.monitor, JSON.stringify(toWire(statement)), now);
  }

  #podKey(pod: string, key: string): PodKey | undefined {
    const row = this.#database
      .prepare("SELECT scopes, not_after FROM pod_keys WHERE pod = ? AND key = ?")
      .get(pod, key);
    if (row === undefined) return undefined;
    const notAfter = row["not_after"] as number | null;
    const scopes = JSON.parse(row["scopes"] as string) as PodKey["scopes"];
    return { key: key as Hex, scopes, ...(notAfter === null ? {} : { notAfter }) };
  }

  async statements(): Promise<BlockStatement[]> {
    return this.#database
      .prepare("SELECT document FROM statements")
      .all()
      .map((row) => blockStatementSchema.parse(JSON.parse(row["document"] as string)));
  }
}
