import { defineGroup } from "@apoc/terminal/command";

/** `apoc attestation` */
export const group = defineGroup({
  summary: "Verify and explain evidence, and write trust policies",
  description: `
For anybody: nothing here needs a wallet or a chain. Evidence is verified against a trust policy, which denies what it
does not name (docs/attestation.md, docs/spec/evidence.md).`,
  commands: {
    verify: {
      summary: "Verify evidence, a record or a running provider",
      load: () => import("./verify.ts"),
    },
    explain: {
      summary: "Explain the contents of evidence and the result of each check",
      load: () => import("./explain.ts"),
    },
    collateral: {
      summary: "Fetch collateral, to verify offline",
      load: () => import("./collateral.ts"),
    },
    policy: { summary: "Write and check trust policies", load: () => import("./policy/group.ts") },
  },
  examples: [
    {
      text: "Attest a running provider",
      command: "apoc attestation verify https://provider.example --policy trust.yaml",
    },
  ],
});
