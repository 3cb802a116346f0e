import { ApocError } from "@apoc/errors";
import { terminalErrors } from "@apoc/terminal";
import { defineCommand } from "@apoc/terminal/command";

/** `apoc provider monitor serve` */
export const command = defineCommand({
  description: `
Answers GET with a signed statement about a recent block of the network's RPC. Providers that name this monitor in
their policy start nothing while it sees another chain than they do, or is silent: a forked or stopped RPC alone cannot
deceive them. Signs with the wallet, which needs no funds.`,
  options: {
    listen: {
      flags: "--listen <host:port>",
      description: "address to listen on",
      default: "127.0.0.1:8444",
      parse: parseListen,
    },
    depth: {
      flags: "--depth <blocks>",
      description: "blocks to stay behind the head",
      default: "1",
      parse: parseDepth,
    },
  },
  examples: [{ text: "For other providers", command: "apoc provider monitor serve --wallet monitor" }],
  server: true,
  run: () => import("./serve.run.ts"),
});

function parseListen(text: string): { host: string; port: number } {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    throw new ApocError(terminalErrors.USAGE, { field: "--listen", expected: "host:port", actual: text });
  }
  return { host: match[1]!, port: Number(match[2]) };
}

function parseDepth(text: string): bigint {
  if (/^\d{1,6}$/.test(text)) return BigInt(text);
  throw new ApocError(terminalErrors.USAGE, {
    field: "--depth",
    expected: "a number of blocks",
    actual: text,
  });
}
