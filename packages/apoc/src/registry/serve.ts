import { defineCommand } from "@apoc/terminal/command";
import { parseListen } from "../listen.ts";

/** `apoc registry serve` */
export const command = defineCommand({
  description: `
For one machine: no TLS, no accounts, loopback only. Without --dir, images are kept in memory and lost on exit.
Ends on Ctrl-C.`,
  options: {
    dir: { flags: "--dir <dir>", description: "keep images in this folder" },
    listen: {
      flags: "--listen <host:port>",
      description: "address to listen on",
      default: "127.0.0.1:5000",
      parse: parseListen,
    },
  },
  examples: [{ text: "Keep images in a folder", command: "apoc registry serve --dir images" }],
  server: true,
  run: () => import("./serve.run.ts"),
});
