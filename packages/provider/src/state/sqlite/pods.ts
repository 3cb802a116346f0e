import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type PodState, toWire } from "@apoc/core";
import type { ErrorDocument } from "@apoc/errors";
import type { AdmittedPod, PodRecord, PodRoute, PodStore } from "../pods.ts";
import { transaction } from "./database.ts";
import { podColumns, readPod, readRoute, selectPods } from "./pod-rows.ts";

/** Tables `pods` and `channels`. */
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
      this.#pay(pod);
      return this.#get(pod.id)!;
    });
  }

  async update(pod: AdmittedPod, now: number): Promise<PodRecord | undefined> {
    return transaction(this.#database, () => {
      const state = this.#get(pod.id)?.state;
      if (state === undefined || state === "draining" || state === "removed") return undefined;
      this.#next(pod, now);
      this.#pay(pod);
      return this.#get(pod.id);
    });
  }

  async get(id: string): Promise<PodRecord | undefined> {
    return this.#get(id);
  }

  async byChannel(channel: string): Promise<PodRecord | undefined> {
    const row = this.#database
      .prepare(`${selectPods} WHERE id = (SELECT pod FROM channels WHERE id = ?)`)
      .get(channel);
    return row === undefined ? undefined : readPod(row);
  }

  async all(): Promise<PodRecord[]> {
    return this.#database.prepare(`${selectPods} ORDER BY created, id`).all().map(readPod);
  }

  async live(): Promise<PodRecord[]> {
    return this.#database
      .prepare(`${selectPods} WHERE state <> 'removed' ORDER BY created, id`)
      .all()
      .map(readPod);
  }

  async routeByLabel(label: string): Promise<PodRoute | undefined> {
    return readRoute(this.#byLabel.get(label));
  }

  async routeByHost(host: string): Promise<PodRoute | undefined> {
    return readRoute(this.#byHost.get(host));
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
    const row = this.#database.prepare(`${selectPods} WHERE id = ?`).get(id);
    return row === undefined ? undefined : readPod(row);
  }

  #insert(pod: AdmittedPod, now: number): void {
    this.#database
      .prepare(
        `INSERT INTO pods (name, request, prices, rate, port, host, updated, id, publisher, pod_id, label, state, generation, created)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted', 1, ?)`,
      )
      .run(...podColumns(pod), now, pod.id, pod.publisher, pod.podId, this.#freeLabel(pod), now);
  }

  #next(pod: AdmittedPod, now: number): void {
    this.#database
      .prepare(
        `UPDATE pods SET name = ?, request = ?, prices = ?, rate = ?, port = ?, host = ?, updated = ?,
         state = 'accepted', reason = NULL, generation = generation + 1 WHERE id = ?`,
      )
      .run(...podColumns(pod), now, pod.id);
  }

  /** Puts the channel that pays from now on at the end of the pod's. */
  #pay({ id, channel }: AdmittedPod): void {
    this.#database
      .prepare(
        `INSERT INTO channels (id, pod, seq, terms)
         VALUES (?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM channels WHERE pod = ?), ?)
         ON CONFLICT (id) DO UPDATE SET seq = excluded.seq`,
      )
      .run(channel.id, id, id, JSON.stringify(toWire(channel.terms)));
  }

  /** Pod name and as much of the id as no other pod has. */
  #freeLabel({ name, id }: AdmittedPod): string {
    const taken = this.#database.prepare("SELECT 1 FROM pods WHERE label = ?");
    const labels = [8, 12, 16, 20].map((digits) => `${name}-${id.slice(2, 2 + digits)}`);
    return labels.find((label) => taken.get(label) === undefined) ?? id.slice(2, 64);
  }
}
