import { completeHeader, type PodManifest } from "@apoc/core";
import { zeroAddress } from "viem";
import type { Deployment } from "../pod/record.ts";

/** One container with an own image. */
export const manifest: PodManifest = {
  version: 1,
  name: "books",
  containers: [
    {
      name: "web",
      image: `r.example/web@sha256:${"00".repeat(32)}`,
      env: [{ name: "TOKEN", secret: "web/token" }],
      ports: [],
      volumeMounts: [],
      resources: { cpuMillis: 100, memoryBytes: 1 << 27 },
    },
  ],
  volumes: [],
};
const address = "0x0000000000000000000000000000000000000051";
const header = completeHeader(
  {
    publisher: address,
    provider: "0x0000000000000000000000000000000000000061",
    token: "0x0000000000000000000000000000000000000041",
    podId: `0x${"0d".repeat(32)}`,
    meter: zeroAddress,
    grace: 60,
    acceptBy: 1,
    maxExecRate: 1n << 70n,
    execBurst: 0n,
  },
  [],
);

/** A deployment whose transaction was not sent yet, with changes. */
export function sampleDeployment(change: Partial<Deployment> = {}): Deployment {
  return {
    version: 2,
    publisher: address,
    podId: header.podId,
    session: { key: `0x04${"11".repeat(64)}`, salt: `0x${"22".repeat(32)}` },
    channels: [{ id: `0x${"7c".repeat(32)}`, terms: { header, payees: [] }, deposit: 1n << 60n }],
    name: "books",
    state: "opening",
    network: "local",
    chainId: 31337,
    contract: "0x0000000000000000000000000000000000000031",
    providerUrl: "https://p.example",
    tlsKey: "",
    wrappingKey: "AA==",
    manifest,
    createdAt: "2026-11-22T00:00:00.000Z",
    ...change,
  };
}
