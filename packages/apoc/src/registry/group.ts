import { defineGroup } from "@apoc/terminal/command";

/** `apoc registry` */
export const group = defineGroup({
  summary: "Run a local OCI registry",
  commands: {
    serve: { summary: "Run the registry on loopback until stopped", load: () => import("./serve.ts") },
  },
});
