import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { Anvil, DeployedContracts } from "@apoc/devnet/chain";
import { stringify } from "yaml";
import { type Role, startApoc } from "./cast.ts";

/** The provider of the story: `apoc provider serve` in a process of its own. */
export interface ProviderProcess {
  readonly url: string;
  readonly configFile: string;
  readonly pid: number;
  /** Everything it has written so far. */
  log(): string;
  /** Ends it in order (SIGTERM), pods included, and waits. */
  stop(): Promise<void>;
}

/** Where the provider finds what it needs. */
export interface ProviderSurroundings {
  readonly chain: Anvil;
  readonly contracts: DeployedContracts;
  readonly engineSocket: string;
  readonly teeSocket: string;
  /** Changes the configuration before it is written; a test puts itself between provider and chain, for instance. */
  readonly configure?: (configuration: ProviderDocument) => void | Promise<void>;
}

/** Content of the provider's configuration file. */
export type ProviderDocument = ReturnType<typeof documentOf>;

const readyMilliseconds = 30_000;
const stopMilliseconds = 30_000;

/** Prices of the story: 0.01 tokens a second for a core, so that a few seconds show. */
const prices = { cpuCoreHour: "36.00", memoryGiBHour: "3.60", storageGiBHour: "0" };

export async function startProvider(
  role: Role,
  surroundings: ProviderSurroundings,
  audience?: (text: string) => void,
): Promise<ProviderProcess> {
  const configFile = join(role.directory, "provider.yaml");
  const document = documentOf(role, surroundings, { api: await freePort(), ingress: await freePort() });
  await surroundings.configure?.(document);
  await writeFile(configFile, stringify(document), { mode: 0o600 });
  return launchProvider(role, configFile, audience);
}

/** Starts the daemon with an existing configuration, for instance once more after it was stopped. */
export async function launchProvider(
  role: Role,
  configFile: string,
  audience?: (text: string) => void,
): Promise<ProviderProcess> {
  const child = startApoc(role, ["provider", "serve", "--config", configFile, "--remove-pods"]);
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the provider is not ready:\n${log}`)),
      readyMilliseconds,
    );
    const ended = (code: number | null) => reject(new Error(`the provider ended with ${code}:\n${log}`));
    child.once("exit", ended);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        log += text;
        audience?.(text);
        const ready = /ready on (https?:\/\/[^\s"]+)/.exec(log);
        if (ready === null) return;
        clearTimeout(timer);
        child.off("exit", ended);
        resolve(ready[1]!);
      });
    }
  });
  return { url, configFile, pid: child.pid!, log: () => log, stop: () => stop(child) };
}

/** Ports are chosen now and kept, so that a provider that starts again is found where it was. */
function documentOf(
  role: Role,
  { chain, contracts, engineSocket, teeSocket }: ProviderSurroundings,
  ports: { readonly api: number; readonly ingress: number },
) {
  return {
    listen: `127.0.0.1:${ports.api}`,
    ingress: { listen: `127.0.0.1:${ports.ingress}`, suffix: "localhost" },
    development: true,
    chain: {
      id: "eip155:31337",
      rpc: [chain.url],
      paymentChannel: contracts.paymentChannel,
      marketplace: contracts.marketplace,
      tokens: [contracts.token],
    },
    wallet: role.name,
    dataDir: join(role.directory, "data"),
    engine: { socket: engineSocket },
    attester: { development: teeSocket },
    prices,
    policy: { confirmations: 1, maxHeadAgeSeconds: 30, minRunwaySeconds: 60, minGraceSeconds: 60 },
    claim: { intervalSeconds: 30, minimum: "1.00" },
    suspendAfterSeconds: 1800,
  };
}

async function stop(child: ReturnType<typeof startApoc>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
  await ended;
  clearTimeout(timer);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
