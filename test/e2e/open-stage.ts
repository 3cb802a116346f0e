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
} from "apoc/demo";
import { type Address, createPublicClient, http } from "viem";

/** A stage with what the tests do to it besides the story. */
export interface DemoStage {
  readonly stage: Stage;
  readonly tell: Narrator;
  /** How many transactions an account has sent. */
  transactions(address: Address): Promise<number>;
  /** Ids and start times of the engine's containers of a pod. */
  containers(podId: string): Promise<string[]>;
  /** kill -9 */
  killProvider(): Promise<void>;
  restartProvider(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the one-machine network in a folder of its own. */
export async function openStage(): Promise<DemoStage> {
  const engine = await findEngineSocket(process.env);
  const directory = await realpath(await mkdtemp(join(tmpdir(), "apoc-e2e-")));
  const tools = process.env["APOC_TOOLS"];
  const stage = await setStage({
    directory,
    engineSocket: engine.socket,
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
    containers: (podId) => containersOf(engine.socket, podId),
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

function containersOf(socketPath: string, podId: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`network.apocryph.pod=${podId}`] }));
  return new Promise((resolve, reject) => {
    request({ socketPath, path: `/v1.40/containers/json?all=true&filters=${filters}` }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => {
        const containers = JSON.parse(body) as { Id: string; State: string }[];
        resolve(containers.map(({ Id, State }) => `${Id} ${State}`).sort());
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
