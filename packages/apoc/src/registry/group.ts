import { defineGroup } from "@apoc/terminal/command";

/** `apoc registry` */
export const group = defineGroup({
  summary: "An OCI registry of this machine",
  commands: { serve: { summary: "Serve an OCI registry on loopback", load: () => import("./serve.ts") } },
});
