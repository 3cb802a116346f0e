import { defineGroup } from "@apoc/terminal/command";

/** `apoc provider monitor` */
export const group = defineGroup({
  summary: "Sign the blocks you see for other providers",
  commands: {
    serve: { summary: "Sign the head of an RPC over HTTP", load: () => import("./serve.ts") },
  },
});
