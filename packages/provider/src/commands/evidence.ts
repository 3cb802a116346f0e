import { randomBytes } from "node:crypto";
import { evidenceDocument } from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";
import { answerNonce, deriveWrappingKey, openAttester } from "../tee/index.ts";
import { configOption, providerWallet, readConfig } from "./config-option.ts";

/** `apoc provider evidence` */
export const command = defineCommand({
  description: `
This machine as attester: evidence over a nonce, as POST /v1/attest gives it, but without the TLS key of a running
daemon. For looking at, and for developers who are handed a file.`,
  options: {
    config: configOption,
    nonce: {
      flags: "--nonce <hex>",
      description: "32 bytes of the asking party; random unless given",
      parse: parseNonce,
    },
  },
  examples: [{ text: "What others are shown", command: "apoc provider evidence" }],
  async run(ctx, { options }) {
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
  },
});

function parseNonce(text: string): Uint8Array {
  const match = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text);
  if (match === null) {
    throw new ApocError(terminalErrors.USAGE, {
      field: "--nonce",
      expected: "32 bytes in hex",
      actual: text,
    });
  }
  return new Uint8Array(Buffer.from(match[1]!, "hex"));
}
