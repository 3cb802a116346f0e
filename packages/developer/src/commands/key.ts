import { defineGroup } from "@apoc/terminal/command";

/** `apoc dev key`. */
export const group = defineGroup({
  summary: "Manage image keys",
  commands: {
    export: { summary: "Write an image key as PKCS#8", load: () => import("./key-export.ts") },
    list: { summary: "List the image keys on this machine", load: () => import("./key-list.ts") },
  },
});
