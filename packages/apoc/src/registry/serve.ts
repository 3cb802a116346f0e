import { resolve } from "node:path";
import { defineCommand } from "@apoc/terminal";
import { parseListen, untilAborted } from "../listen.ts";

/** `apoc registry serve` */
export const command = defineCommand({
  description: `
For one machine: no TLS, no accounts, loopback only. Without --dir, images live in memory and are gone at the end.
Ends on Ctrl-C.`,
  options: {
    dir: { flags: "--dir <dir>", description: "keep images in this folder" },
    listen: {
      flags: "--listen <host:port>",
      description: "where to listen",
      default: "127.0.0.1:5000",
      parse: parseListen,
    },
  },
  examples: [{ text: "Keep images in a folder", command: "apoc registry serve --dir images" }],
  async run(ctx, { options }) {
    // Loaded here so that help needs none of it.
    const { serveRegistry } = await import("@apoc/devnet/registry");
    const { listen } = options;
    const dir = options.dir === undefined ? {} : { dir: resolve(ctx.cwd, options.dir) };
    const registry = await serveRegistry({ ...dir, listen });
    ctx.ui.note(
      `Registry at ${registry.url}, ${options.dir === undefined ? "in memory" : `in ${options.dir}`}. Ctrl-C ends it.`,
    );
    ctx.output.line({ url: registry.url }, registry.url);
    await untilAborted(ctx.signal);
    await registry.close();
  },
});
