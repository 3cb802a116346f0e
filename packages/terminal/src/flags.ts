import type { OptionSpec } from "./command/specs.ts";
import { parseDuration } from "./values/duration.ts";

/** Options that every command has. */
export const globalOptions = {
  json: { flags: "--json", description: "print the result as one JSON document" },
  quiet: { flags: "-q, --quiet", description: "hide progress and notes" },
  verbose: { flags: "-v, --verbose", description: "show more detail; twice for requests" },
  noColor: { flags: "--no-color", description: "disable colours" },
  noInput: { flags: "--no-input", description: "never prompt" },
  yes: { flags: "-y, --yes", description: "answer every confirmation with yes" },
  network: { flags: "--network <name>", description: "network to use", env: "APOC_NETWORK" },
  rpcUrl: {
    flags: "--rpc-url <url>",
    description: "RPC endpoint instead of the network's",
    env: "APOC_RPC_URL",
  },
  wallet: { flags: "--wallet <name>", description: "wallet to use", env: "APOC_WALLET" },
  passwordFile: {
    flags: "--password-file <file>",
    description: "file with the wallet's password, - for stdin",
    env: "APOC_PASSWORD_FILE",
  },
  ipfsGateway: {
    flags: "--ipfs-gateway <url>",
    description: "trustless gateway for ipfs:// images, instead of the configured ones",
    env: "APOC_IPFS_GATEWAY",
  },
  configDir: { flags: "--config-dir <dir>", description: "configuration folder", env: "APOC_CONFIG_DIR" },
  timeout: {
    flags: "--timeout <time>",
    description: "time limit, e.g. 500ms, 30s, 5m, 1h",
    parse: parseDuration,
  },
  trace: { flags: "--trace", description: "show the stack of an unexpected error" },
} satisfies Record<string, OptionSpec>;

/** Values of the {@link globalOptions}; flag before environment. */
export interface Flags {
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0, 1 or 2: how often `-v` was given. */
  readonly verbose: number;
  readonly color: boolean;
  /** Whether questions may be asked. */
  readonly input: boolean;
  readonly yes: boolean;
  readonly network: string | undefined;
  readonly rpcUrl: string | undefined;
  readonly wallet: string | undefined;
  readonly passwordFile: string | undefined;
  readonly ipfsGateway: string | undefined;
  readonly configDir: string | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly trace: boolean;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
