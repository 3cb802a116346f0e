import { ApocError } from "@apoc/errors";
import type { Address } from "viem";
import { z } from "zod";
import { parseChainName, type ChainName } from "../chain-id.ts";
import { paymentErrors } from "../errors.ts";
import { checksumAddressSchema } from "../schema/hex.ts";
import document from "./deployments.json" with { type: "json" };

/** Where the contracts are on a chain. */
export interface Deployment {
  readonly paymentChannel: Address;
  readonly marketplace: Address;
  /** ERC-20 that channels and placement are usually paid in on this chain. */
  readonly token?: Address | undefined;
  /** Block from which on events can be there. */
  readonly fromBlock: number;
}

const schema = z.record(
  z.string().refine((name) => {
    parseChainName(name);
    return true;
  }),
  z.strictObject({
    paymentChannel: checksumAddressSchema,
    marketplace: checksumAddressSchema,
    token: checksumAddressSchema.optional(),
    fromBlock: z.int().min(0),
  }),
);

/** Reads a deployments file: CAIP-2 chain ids to {@link Deployment}. @throws DEPLOYMENTS_INVALID, CHAIN_ID_INVALID */
export function parseDeployments(value: unknown): Readonly<Record<ChainName, Deployment>> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new ApocError(paymentErrors.DEPLOYMENTS_INVALID, {
    field: issue.path.join("."),
    detail: issue.message,
  });
}

let known: Readonly<Record<ChainName, Deployment>> | undefined;

/** The deployments that come with this package, in deployments.json: docs/contracts.md, "Deployment". */
export function knownDeployments(): Readonly<Record<ChainName, Deployment>> {
  return (known ??= parseDeployments(document));
}

/** The known deployment on a chain. */
export function findDeployment(chain: ChainName): Deployment | undefined {
  const all = knownDeployments();
  return Object.hasOwn(all, chain) ? all[chain] : undefined;
}

/** Block from which on a contract can have events; 0 for one that the deployments do not know. */
export function firstBlockOf(chain: ChainName, contract: Address): bigint {
  const known = findDeployment(chain);
  return known !== undefined && [known.paymentChannel, known.marketplace].includes(contract)
    ? BigInt(known.fromBlock)
    : 0n;
}
