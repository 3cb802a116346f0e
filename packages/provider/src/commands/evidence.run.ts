import { randomBytes } from "node:crypto";
import { evidenceDocument } from "@apoc/attestation";
import type { Context, RunResult } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";
import { answerNonce, deriveWrappingKey, openAttester } from "../tee/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";

interface Input {
  readonly options: { readonly config: string; readonly nonce: Uint8Array | undefined };
}

/** Runs `apoc provider evidence`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const attester = openAttester(config);
  const { address } = await readWallet(ctx, ctx.flags.wallet ?? config.wallet);
  const wrappingKey = await deriveWrappingKey(attester);
  const subject = {
    wrappingKey: wrappingKey.spki,
    tlsKey: new Uint8Array(),
    chainId: config.chain.id,
    provider: address ?? (await providerWallet(ctx, config)).address,
  };
  const evidence = await answerNonce(attester, subject, options.nonce ?? new Uint8Array(randomBytes(32)));
  const document = evidenceDocument(evidence);
  if (attester.keyLifetime === "process")
    ctx.ui.warn("The wrapping key in this evidence ended with this command: nothing can be granted to it.");
  if (attester.development)
    ctx.ui.warn("DEVELOPMENT TEE: this evidence proves nothing about confidentiality.");
  ctx.output.result(document, JSON.stringify(document, null, 2));
}
