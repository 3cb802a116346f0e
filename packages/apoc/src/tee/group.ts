import { defineGroup } from "@apoc/terminal/command";

/** `apoc tee` */
export const group = defineGroup({
  summary: "A TEE for development, without protection",
  commands: {
    serve: { summary: "Serve a development attester on loopback", load: () => import("./serve.ts") },
  },
});
