import { parseTerms, type PodState, type ResourcePrices, toWire } from "@apoc/core";
import type { ErrorDocument } from "@apoc/errors";
import type { Address, Hex } from "viem";
import type { AdmittedPod, PodChannel, PodIngress, PodRecord, PodRoute } from "../pods.ts";

/** Pods with their channels, oldest first, as one JSON array each. */
export const selectPods = `SELECT *, (
  SELECT json_group_array(json_array(id, json(terms)))
  FROM (SELECT id, terms FROM channels WHERE pod = pods.id ORDER BY seq)
) AS channels FROM pods`;

/** What changes with each generation, in the order of `name, request, prices, rate, port, host`. */
export function podColumns({ name, request, prices, rate, ingress }: AdmittedPod) {
  const json = JSON.stringify(toWire(prices));
  return [name, request, json, rate.toString(), ingress?.port ?? null, ingress?.host ?? null];
}

/** A row of {@link selectPods}. */
export function readPod(row: Record<string, unknown>): PodRecord {
  const prices = JSON.parse(row["prices"] as string) as Record<keyof ResourcePrices, string>;
  const reason = row["reason"] as string | null;
  const channels = readChannels(row["channels"] as string);
  return {
    id: row["id"] as Hex,
    publisher: row["publisher"] as Address,
    podId: row["pod_id"] as Hex,
    name: row["name"] as string,
    label: row["label"] as string,
    state: row["state"] as PodState,
    generation: row["generation"] as number,
    request: row["request"] as Uint8Array,
    channel: channels.at(-1)!,
    channels,
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

/** A row of `id`, `state` and `port`, where there is one. */
export function readRoute(row: Record<string, unknown> | undefined): PodRoute | undefined {
  if (row === undefined) return undefined;
  return { id: row["id"] as Hex, state: row["state"] as PodState, port: row["port"] as number };
}

function readIngress(row: Record<string, unknown>): PodIngress {
  const port = row["port"] as number;
  return row["host"] === null ? { port } : { port, host: row["host"] as string };
}

function readChannels(text: string): readonly PodChannel[] {
  const rows = JSON.parse(text) as [id: Hex, terms: unknown][];
  return rows.map(([id, terms]) => ({ id, terms: parseTerms(terms) }));
}
