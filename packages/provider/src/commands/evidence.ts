import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { configOption } from "./config-option.ts";

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
  run: () => import("./evidence.run.ts"),
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
