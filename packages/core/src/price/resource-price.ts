import type { PodManifest } from "../manifest/pod-manifest.ts";
import { rateScale } from "./amount.ts";

/** A provider's prices, by reservation. Rates: base units times 2^32 per second. */
export interface ResourcePrices {
  /** For one core. */
  readonly cpuCore: bigint;
  /** For one GiB (2^30 bytes) of memory. */
  readonly memoryGiB: bigint;
  /** For one GiB of persistent storage. */
  readonly storageGiB: bigint;
}

const gib = 1n << 30n;

/** What a pod reserves. */
export interface Reservation {
  readonly cpuMillis: bigint;
  readonly memoryBytes: bigint;
  readonly storageBytes: bigint;
}

export function reservation(manifest: PodManifest): Reservation {
  const add = (values: readonly number[]) => values.reduce((sum, value) => sum + BigInt(value), 0n);
  return {
    cpuMillis: add(manifest.containers.map((c) => c.resources.cpuMillis)),
    memoryBytes: add(manifest.containers.map((c) => c.resources.memoryBytes)),
    storageBytes: add(manifest.volumes.map((v) => (v.kind === "persistent" ? v.sizeBytes : 0))),
  };
}

/** The provider's execution rate of a pod, rounded up to a whole unit of the scale. */
export function executionRate(manifest: PodManifest, prices: ResourcePrices): bigint {
  const { cpuMillis, memoryBytes, storageBytes } = reservation(manifest);
  return (
    ceilDivide(prices.cpuCore * cpuMillis, 1000n) +
    ceilDivide(prices.memoryGiB * memoryBytes, gib) +
    ceilDivide(prices.storageGiB * storageBytes, gib)
  );
}

/** Execution cost of a running time, rounded down as the contract does. */
export function executionCost(rate: bigint, milliseconds: bigint): bigint {
  return (rate * milliseconds) / (rateScale * 1000n);
}

function ceilDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
