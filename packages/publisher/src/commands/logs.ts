import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod logs`. */
export const command = defineCommand({
  description:
    "With several containers, lines begin with the name of theirs. `--json` prints a document a line.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    follow: { flags: "-f, --follow", description: "go on with what is written next" },
    container: { flags: "--container <name>", description: "this container only" },
    tail: {
      flags: "--tail <n>",
      description: "the last lines only",
      parse: (text: string) => {
        if (!/^\d{1,6}$/.test(text)) throw new RangeError("expected a number of lines");
        return Number(text);
      },
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Follow a container", command: "apoc pod logs books -f --container web" }],
  run: () => import("./logs.run.ts"),
});
