import { defineCommand, parseNonce } from "@apoc/terminal/command";
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
