import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parseTerms, type PodState, type ResourcePrices, toWire } from "@apoc/core";
import type { ErrorDocument } from "@apoc/errors";
import type { Hex } from "viem";
import type { AdmittedPod, PodIngress, PodRecord, PodRoute, PodStore } from "../pods.ts";
import { transaction } from "./database.ts";

/** Table `pods`. */
export class SqlitePods implements PodStore {
  readonly #database: DatabaseSync;
  /** Prepared once: they run for every request at the ingress. */
  readonly #byLabel: StatementSync;
  readonly #byHost: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#byLabel = database.prepare(
      "SELECT id, state, port FROM pods INDEXED BY pods_route_label WHERE label = ? AND port IS NOT NULL",
    );
    this.#byHost = database.prepare(
      // Without the plus SQLite plans the query again for every name.
      `SELECT id, state, port FROM pods INDEXED BY pods_route_host
       WHERE host = +? AND host IS NOT NULL ORDER BY created, id LIMIT 1`,
    );
  }

  async admit(pod: AdmittedPod, now: number): Promise<PodRecord> {
    return transaction(this.#database, () => {
      if (this.#get(pod.id) === undefined) this.#insert(pod, now);
      else this.#next(pod, now);
      return this.#get(pod.id)!;
    });
  }

  async update(pod: AdmittedPod, now: number): Promise<PodRecord | undefined> {
    return transaction(this.#database, () => {
      const state = this.#get(pod.id)?.state;
      if (state === undefined || state === "draining" || state === "removed") return undefined;
      this.#next(pod, now);
      return this.#get(pod.id);
    });
  }

  async get(id: string): Promise<PodRecord | undefined> {
    return this.#get(id);
  }

  async all(): Promise<PodRecord[]> {
    return this.#database.prepare("SELECT * FROM pods ORDER BY created, id").all().map(read);
  }

  async live(): Promise<PodRecord[]> {
    return this.#database
      .prepare("SELECT * FROM pods WHERE state <> 'removed' ORDER BY created, id")
      .all()
      .map(read);
  }

  async routeByLabel(label: string): Promise<PodRoute | undefined> {
    return this.#byLabel.get(label) as unknown as PodRoute | undefined;
  }

  async routeByHost(host: string): Promise<PodRoute | undefined> {
    return this.#byHost.get(host) as unknown as PodRoute | undefined;
  }

  async setState(
    id: string,
    generation: number,
    state: PodState,
    now: number,
    reason?: ErrorDocument,
  ): Promise<void> {
    this.#database
      .prepare(
        `UPDATE pods SET state = ?, reason = ?, updated = ?
         WHERE id = ? AND generation = ? AND state NOT IN ('draining', 'removed')`,
      )
      .run(state, reason === undefined ? null : JSON.stringify(reason), now, id, generation);
  }

  async drain(id: string, now: number): Promise<void> {
    this.#database
      .prepare(
        "UPDATE pods SET state = 'draining', reason = NULL, updated = ? WHERE id = ? AND state <> 'removed'",
      )
      .run(now, id);
  }

  async removed(id: string, now: number): Promise<void> {
    this.#database
      .prepare(
        `UPDATE pods SET state = 'removed', request = x'', port = NULL, host = NULL, reason = NULL, updated = ?
         WHERE id = ? AND state = 'draining'`,
      )
      .run(now, id);
  }

  #get(id: string): PodRecord | undefined {
    const row = this.#database.prepare("SELECT * FROM pods WHERE id = ?").get(id);
    return row === undefined ? undefined : read(row);
  }

  #insert(pod: AdmittedPod, now: number): void {
    this.#database
      .prepare(
        `INSERT INTO pods (name, request, channel, prices, rate, port, host, updated, id, label, state, generation, created)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted', 1, ?)`,
      )
      .run(...columns(pod), now, pod.id, this.#freeLabel(pod), now);
  }

  #next(pod: AdmittedPod, now: number): void {
    this.#database
      .prepare(
        `UPDATE pods SET name = ?, request = ?, channel = ?, prices = ?, rate = ?, port = ?, host = ?, updated = ?,
         state = 'accepted', reason = NULL, generation = generation + 1 WHERE id = ?`,
      )
      .run(...columns(pod), now, pod.id);
  }

  /** Pod name and as much of the id as no other pod has. */
  #freeLabel({ name, id }: AdmittedPod): string {
    const taken = this.#database.prepare("SELECT 1 FROM pods WHERE label = ?");
    const labels = [8, 12, 16, 20].map((digits) => `${name}-${id.slice(2, 2 + digits)}`);
    return labels.find((label) => taken.get(label) === undefined) ?? id.slice(2, 64);
  }
}

function columns({ name, request, channel, prices, rate, ingress }: AdmittedPod) {
  const json = [channel, prices].map((value) => JSON.stringify(toWire(value)));
  return [name, request, ...json, rate.toString(), ingress?.port ?? null, ingress?.host ?? null];
}

function read(row: Record<string, unknown>): PodRecord {
  const prices = JSON.parse(row["prices"] as string) as Record<keyof ResourcePrices, string>;
  const reason = row["reason"] as string | null;
  return {
    id: row["id"] as Hex,
    name: row["name"] as string,
    label: row["label"] as string,
    state: row["state"] as PodState,
    generation: row["generation"] as number,
    request: row["request"] as Uint8Array,
    channel: parseTerms(JSON.parse(row["channel"] as string)),
    prices: {
      cpuCore: BigInt(prices.cpuCore),
      memoryGiB: BigInt(prices.memoryGiB),
      storageGiB: BigInt(prices.storageGiB),
    },
    rate: BigInt(row["rate"] as string),
    ...(row["port"] === null ? {} : { ingress: readIngress(row) }),
    ...(reason === null ? {} : { reason: JSON.parse(reason) as ErrorDocument }),
  };
}

function readIngress(row: Record<string, unknown>): PodIngress {
  const port = row["port"] as number;
  return row["host"] === null ? { port } : { port, host: row["host"] as string };
}
