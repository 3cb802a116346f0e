import { defineCommand } from "@apoc/terminal/command";

/** `apoc doctor` */
export const command = defineCommand({
  description: "Exits 1 when a check fails. Checks that are marked absent help, and nothing depends on them.",
  args: {
    role: { syntax: "[role]", description: "only what this role needs", choices: ["dev", "pod", "provider"] },
  },
  examples: [
    { text: "Everything", command: "apoc doctor" },
    { text: "What a provider needs, for a script", command: "apoc doctor provider --json" },
  ],
  run: () => import("./doctor.run.ts"),
});
