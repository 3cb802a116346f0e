import { defineGroup } from "@apoc/terminal/command";

/** `apoc provider monitor` */
export const group = defineGroup({
  summary: "Tell other providers which block you see",
  commands: {
    serve: { summary: "Sign the head of an RPC over HTTP", load: () => import("./serve.ts") },
  },
});
