import { randomBytes } from "node:crypto";
import { evidenceDocument } from "@apoc/attestation";
import type { Context, RunResult } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";
import { configurationDigest } from "../config/index.ts";
import { answerNonce, createProviderKeys, openAttester } from "../tee/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";

interface Input {
  readonly options: { readonly config: string; readonly nonce: Uint8Array | undefined };
}

/** Runs `apoc provider evidence`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const attester = openAttester(config);
  const { address } = await readWallet(ctx, ctx.flags.wallet ?? config.wallet);
  const binding = {
    configurationDigest: configurationDigest(config),
    chainId: config.chain.id,
    provider: address ?? (await providerWallet(ctx, config)).address,
  };
  const keys = await createProviderKeys(attester, binding);
  const subject = { ...binding, keys, tlsKey: new Uint8Array() };
  const evidence = await answerNonce(attester, subject, options.nonce ?? new Uint8Array(randomBytes(32)));
  const document = evidenceDocument(evidence);
  if (attester.keyLifetime === "process")
    ctx.ui.warn("The keys in this evidence ended with this command: nothing can be granted to them.");
  if (attester.development)
    ctx.ui.warn("DEVELOPMENT TEE: this evidence proves nothing about confidentiality.");
  ctx.output.result(document, JSON.stringify(document, null, 2));
}
