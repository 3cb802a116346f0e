import { defineGroup } from "@apoc/terminal/command";

/** `apoc tee` */
export const group = defineGroup({
  summary: "Run a development TEE, without protection",
  commands: {
    serve: { summary: "Run the attester on a unix socket until stopped", load: () => import("./serve.ts") },
  },
});
