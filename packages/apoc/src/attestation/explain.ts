import { defineCommand } from "@apoc/terminal/command";
import { collateralOptions } from "./collateral-options.ts";
import { parseMoment } from "./moment.ts";

/** `apoc attestation explain` */
export const command = defineCommand({
  description: `
Shows every field of the evidence with its meaning, then every check with its verdict and what it defends against. Without
--policy the evidence is compared with a policy made from itself: then only what no policy decides can fail, such as
signatures, dates and revocation. Freshness cannot be shown here. Exits 0 whatever is found.`,
  args: { evidence: { syntax: "<evidence>", description: "file of evidence" } },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy to compare with" },
    at: {
      flags: "--at <date>",
      description: "time of the evaluation; default: now",
      parse: parseMoment,
    },
    ...collateralOptions,
  },
  examples: [{ text: "Explain a provider's evidence", command: "apoc attestation explain evidence.json" }],
  run: () => import("./explain.run.ts"),
});
