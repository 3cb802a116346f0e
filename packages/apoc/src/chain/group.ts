import { defineGroup } from "@apoc/terminal/command";
import { group as chainGroup } from "@apoc/terminal/user-commands/chain";

/** `apoc chain`: the networks, and a chain to develop with. */
export const group = defineGroup({
  ...chainGroup,
  commands: {
    ...chainGroup.commands,
    serve: { summary: "Run a development chain with the contracts", load: () => import("./serve.ts") },
  },
  examples: [
    {
      text: "Run a development chain as network `local`",
      command: "apoc chain serve --dir chain --fund alice --add local",
    },
    ...chainGroup.examples,
  ],
});
