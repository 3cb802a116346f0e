import { defineGroup } from "@apoc/terminal/command";

/** `apoc attestation policy` */
export const group = defineGroup({
  summary: "Write and check trust policies",
  commands: {
    init: {
      summary: "Write a policy that accepts one machine or one image",
      load: () => import("./init.ts"),
    },
    check: { summary: "Validate a policy and print its digest", load: () => import("./check.ts") },
  },
});
