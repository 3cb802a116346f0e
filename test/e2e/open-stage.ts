import { request } from "node:http";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { findEngineSocket } from "@apoc/provider/engine";
import {
  createNarrator,
  launchProvider,
  type Narrator,
  type ProviderProcess,
  setStage,
  type Stage,
  type StageOptions,
} from "apoc/demo";
import { type PodIdentity, podUid } from "@apoc/core";
import { type Address, createPublicClient, http } from "viem";

/** A stage with what the tests do to it beyond the story. */
export interface DemoStage {
  readonly stage: Stage;
  readonly tell: Narrator;
  /** How many transactions an account has sent. */
  transactions(address: Address): Promise<number>;
  /** Ids and start times of the engine's containers of a pod. */
  containers(pod: PodIdentity): Promise<string[]>;
  /** Names of the engine's networks of a pod. */
  networks(pod: PodIdentity): Promise<string[]>;
  /** Ends the process of a container, as if it had crashed. */
  killContainer(pod: PodIdentity, name: string): Promise<void>;
  /** kill -9 */
  killProvider(): Promise<void>;
  restartProvider(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the one-machine network in a folder of its own. */
export async function openStage(options: Pick<StageOptions, "configureProvider"> = {}): Promise<DemoStage> {
  const engine = await findEngineSocket(process.env);
  const directory = await realpath(await mkdtemp(join(tmpdir(), "apoc-e2e-")));
  const tools = process.env["APOC_TOOLS"];
  const stage = await setStage({
    directory,
    engineSocket: engine.socket,
    ...options,
    ...(tools === undefined ? {} : { toolsDirectory: tools }),
  }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  const heard = new PassThrough().resume();
  let restarted: ProviderProcess | undefined;
  const playing = {
    ...stage,
    get provider() {
      return restarted ?? stage.provider;
    },
  };
  return {
    stage: playing,
    tell: createNarrator(heard, directory),
    transactions: (address) =>
      createPublicClient({ transport: http(stage.chain.url) }).getTransactionCount({ address }),
    containers: async (pod) =>
      (await list(engine.socket, "containers", pod)).map(({ Id, State }) => `${Id} ${State}`).sort(),
    networks: async (pod) => (await list(engine.socket, "networks", pod)).map(({ Name }) => Name!),
    killContainer: (pod, name) => killContainer(engine.socket, pod, name),
    async killProvider() {
      const { pid } = playing.provider;
      process.kill(pid, "SIGKILL");
      await gone(pid);
    },
    async restartProvider() {
      restarted = await launchProvider(stage.roles.sofia, stage.provider.configFile);
    },
    async close() {
      await restarted?.stop();
      await stage[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface EngineObject {
  readonly Id: string;
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly State?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

async function list(
  socket: string,
  kind: "containers" | "networks",
  pod: PodIdentity,
): Promise<EngineObject[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`network.apocryph.pod=${podUid(pod)}`] }));
  const path = kind === "containers" ? "containers/json?all=true&" : "networks?";
  return JSON.parse(await ask(socket, "GET", `${path}filters=${filters}`)) as EngineObject[];
}

async function killContainer(socket: string, pod: PodIdentity, name: string): Promise<void> {
  const containers = await list(socket, "containers", pod);
  const found = containers.find(({ Labels }) => Labels?.["network.apocryph.container"] === name);
  if (found === undefined) throw new Error(`no container ${name} among ${JSON.stringify(containers)}`);
  await ask(socket, "POST", `containers/${found.Id}/kill?signal=SIGKILL`);
}

function ask(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path: `/v1.40/${path}` }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(body);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${body}`));
      });
    })
      .on("error", reject)
      .end();
  });
}

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
