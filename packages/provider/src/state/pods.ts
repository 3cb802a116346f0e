import type { DatabaseSync } from "node:sqlite";
import { type ChannelTerms, parseTerms, type PodState, type ResourcePrices, toWire } from "@apoc/core";
import type { ErrorDocument } from "@apoc/errors";
import type { Hex } from "viem";
import { transaction } from "./database.ts";

/** A pod as the provider means it to be. */
export interface PodRecord {
  /** Channel id. */
  readonly id: Hex;
  readonly name: string;
  /** First label of its host name at the ingress; unique. */
  readonly label: string;
  readonly state: PodState;
  readonly generation: number;
  /** Exact body of the request; empty once removed. */
  readonly request: Uint8Array;
  readonly channel: ChannelTerms;
  /** Prices at which it was admitted: later ones do not touch it. */
  readonly prices: ResourcePrices;
  /** Execution rate of this generation at those prices. */
  readonly rate: bigint;
  readonly reason?: ErrorDocument;
}

/** What admission has decided about a pod. */
export interface AdmittedPod {
  readonly id: Hex;
  readonly name: string;
  readonly request: Uint8Array;
  readonly channel: ChannelTerms;
  readonly prices: ResourcePrices;
  readonly rate: bigint;
}

/** Table `pods`. */
export class PodTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Stores the intent to run a pod: a new one, or the next generation of a known one. */
  admit(pod: AdmittedPod, now: number): PodRecord {
    return transaction(this.#database, () => {
      const known = this.get(pod.id);
      const values = [
        pod.name,
        pod.request,
        JSON.stringify(toWire(pod.channel)),
        JSON.stringify(toWire(pod.prices)),
        pod.rate.toString(),
        now,
      ] as const;
      if (known === undefined) {
        this.#database
          .prepare(
            `INSERT INTO pods (name, request, channel, prices, rate, updated, id, label, state, generation, created)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'accepted', 1, ?)`,
          )
          .run(...values, pod.id, this.#freeLabel(pod), now);
      } else {
        this.#database
          .prepare(
            `UPDATE pods SET name = ?, request = ?, channel = ?, prices = ?, rate = ?, updated = ?,
             state = 'accepted', reason = NULL, generation = generation + 1 WHERE id = ?`,
          )
          .run(...values, pod.id);
      }
      return this.get(pod.id)!;
    });
  }

  get(id: string): PodRecord | undefined {
    const row = this.#database.prepare("SELECT * FROM pods WHERE id = ?").get(id);
    return row === undefined ? undefined : read(row);
  }

  /** All pods, oldest first. */
  all(): PodRecord[] {
    return this.#database.prepare("SELECT * FROM pods ORDER BY created, id").all().map(read);
  }

  /** Pods that are not removed. */
  live(): PodRecord[] {
    return this.#database
      .prepare("SELECT * FROM pods WHERE state <> 'removed' ORDER BY created, id")
      .all()
      .map(read);
  }

  /** Moves a pod to a state. Nothing happens when its generation is another by now, or it is on its way out. */
  setState(id: string, generation: number, state: PodState, now: number, reason?: ErrorDocument): void {
    this.#database
      .prepare(
        `UPDATE pods SET state = ?, reason = ?, updated = ?
         WHERE id = ? AND generation = ? AND state NOT IN ('draining', 'removed')`,
      )
      .run(state, reason === undefined ? null : JSON.stringify(reason), now, id, generation);
  }

  /** Stores the intent to remove a pod. */
  drain(id: string, now: number): void {
    this.#database
      .prepare(
        "UPDATE pods SET state = 'draining', reason = NULL, updated = ? WHERE id = ? AND state <> 'removed'",
      )
      .run(now, id);
  }

  /** The pod is gone; what is kept is what claims need. */
  removed(id: string, now: number): void {
    this.#database
      .prepare(
        "UPDATE pods SET state = 'removed', request = x'', reason = NULL, updated = ? WHERE id = ? AND state = 'draining'",
      )
      .run(now, id);
  }

  /** Pod name and as much of the id as no other pod has. */
  #freeLabel({ name, id }: AdmittedPod): string {
    const taken = this.#database.prepare("SELECT 1 FROM pods WHERE label = ?");
    const labels = [8, 12, 16, 20].map((digits) => `${name}-${id.slice(2, 2 + digits)}`);
    return labels.find((label) => taken.get(label) === undefined) ?? id.slice(2, 64);
  }
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
    ...(reason === null ? {} : { reason: JSON.parse(reason) as ErrorDocument }),
  };
}
