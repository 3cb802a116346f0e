import { defineGroup } from "@apoc/terminal/command";

/** `apoc attestation` */
export const group = defineGroup({
  summary: "Verify and explain evidence, write trust policies",
  description: `
For anybody: nothing here needs a wallet or a chain. Evidence is verified against a trust policy, which denies what it
does not name (docs/attestation.md, docs/spec/evidence.md).`,
  commands: {
    verify: {
      summary: "Verify evidence, a record or a running provider",
      load: () => import("./verify.ts"),
    },
    explain: {
      summary: "Say in words what evidence holds and what each check found",
      load: () => import("./explain.ts"),
    },
    collateral: {
      summary: "Fetch what machines are judged by, to verify without a network",
      load: () => import("./collateral.ts"),
    },
    policy: { summary: "Write and check trust policies", load: () => import("./policy/group.ts") },
  },
  examples: [
    {
      text: "Ask a provider and judge its answer",
      command: "apoc attestation verify https://provider.example --policy trust.yaml",
    },
  ],
});
