import {
  type ChannelTerms,
  channelId,
  completeHeader,
  encodePodRequest,
  type PodContainer,
  type PodManifest,
  type PodRequest,
  type PodIdentity,
  podUid,
} from "@apoc/core";
import { type Address, type Hex, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { AdmittedPod } from "../state/index.ts";

export const publisher = privateKeyToAccount(`0x${"22".repeat(32)}`);
export const provider = privateKeyToAccount(`0x${"33".repeat(32)}`);
export const stranger = privateKeyToAccount(`0x${"55".repeat(32)}`);
export const chainId = 31337;
export const contract: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const token: Address = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
/** One base unit a second for a core, nothing else costs. */
export const prices = { cpuCore: 1n << 32n, memoryGiB: 0n, storageGiB: 0n };

/** A container of one whole core. */
export function container(name: string, image: string): PodContainer {
  return {
    name,
    image,
    env: [],
    ports: [],
    volumeMounts: [],
    resources: { cpuMillis: 1000, memoryBytes: 2 ** 25 },
  };
}

export function podManifest(
  containers: readonly PodContainer[],
  rest: Partial<PodManifest> = {},
): PodManifest {
  return { version: 1, name: "books", containers, volumes: [], ...rest };
}

/** Terms without payees; `salt` tells pods apart. */
export function channelTerms(salt = 1, rate = 1n << 32n, acceptBy = 1_900_000_600): ChannelTerms {
  const podId: Hex = `0x${salt.toString(16).padStart(64, "0")}`;
  const header = completeHeader(
    {
      publisher: publisher.address,
      provider: provider.address,
      token,
      podId,
      meter: zeroAddress,
      grace: 600,
      acceptBy,
      maxExecRate: rate,
      execBurst: 0n,
    },
    [],
  );
  return { header, payees: [] };
}

export function idOf(channel: ChannelTerms): Hex {
  return channelId(chainId, contract, channel.header);
}

/** A pod and the channel that pays for it. */
export interface PaidPod extends PodIdentity {
  readonly uid: Hex;
  /** Channel id. */
  readonly channel: Hex;
}

/** Names of the pod that these terms pay for. */
export function paidPod(terms: ChannelTerms): PaidPod {
  const { publisher: account, podId } = terms.header;
  return { publisher: account, podId, uid: podUid(terms.header), channel: idOf(terms) };
}

const reference = `registry.example/pia/web@sha256:${"ab".repeat(32)}`;

/** A pod as admission hands it to the state: one container, one base unit a second. */
export function admittedPod(salt = 1, request: Partial<PodRequest> = {}): AdmittedPod {
  const channel = channelTerms(salt);
  const manifest = podManifest([container("web", reference)]);
  const body = encodePodRequest({ version: 2, channel, manifest, grants: [], ...request });
  const { publisher: account, podId } = channel.header;
  return {
    id: podUid(channel.header),
    publisher: account,
    podId,
    name: "books",
    request: body,
    channel: { id: idOf(channel), terms: channel },
    prices,
    rate: 1n << 32n,
  };
}
