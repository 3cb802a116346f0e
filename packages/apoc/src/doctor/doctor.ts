import { defineCommand } from "@apoc/terminal/command";

/** `apoc doctor` */
export const command = defineCommand({
  description: "Exits with 1 if a check fails. Items marked absent are optional.",
  args: {
    role: {
      syntax: "[role]",
      description: "check only what this role needs",
      choices: ["dev", "pod", "provider"],
    },
  },
  examples: [
    { text: "Check everything", command: "apoc doctor" },
    { text: "Check what a provider needs, in a script", command: "apoc doctor provider --json" },
  ],
  run: () => import("./doctor.run.ts"),
});
