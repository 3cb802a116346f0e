import { defineCommand, parseNonce } from "@apoc/terminal/command";
import { configOption } from "./config-option.ts";

/** `apoc provider evidence` */
export const command = defineCommand({
  description: `
Prints evidence over a nonce as POST /v1/attest answers it, but without the TLS key of a running daemon. Use it to
inspect the evidence, or to hand it to a developer as a file.`,
  options: {
    config: configOption,
    nonce: {
      flags: "--nonce <hex>",
      description: "32 bytes from whoever verifies; default: random",
      parse: parseNonce,
    },
  },
  examples: [{ text: "Print evidence over a random nonce", command: "apoc provider evidence" }],
  run: () => import("./evidence.run.ts"),
});
