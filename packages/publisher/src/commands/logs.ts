import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod logs`. */
export const command = defineCommand({
  description:
    "With several containers, each line begins with the container's name. `--json` prints one document per line.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    follow: { flags: "-f, --follow", description: "follow new lines" },
    container: { flags: "--container <name>", description: "only this container" },
    tail: {
      flags: "--tail <n>",
      description: "only the last lines",
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
