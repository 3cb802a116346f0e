import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessHarness } from "@apoc/provider/runtime-conformance";
import {
  createEngineClient,
  createEngineRuntime,
  type EngineClient,
  type EngineInfo,
  type EngineRuntimeOptions,
  type PodRuntime,
  providerErrors,
} from "@apoc/provider/engine";
import { busyboxImage, encryptedImage, scriptOf } from "./busybox-images.ts";

/** An object of the engine, as its lists show it. */
export interface EngineObject {
  readonly Id: string;
  readonly ImageID?: string;
  readonly RepoTags?: readonly string[] | null;
}

/** A harness over a running engine, with access to the engine's API. */
export interface EngineHarness extends ProcessHarness {
  readonly client: EngineClient;
  /** The label of all objects of this instance. */
  readonly label: string;
  makeRuntime(changes?: Partial<EngineRuntimeOptions>): PodRuntime;
  list(path: string, query?: Record<string, string | boolean>): Promise<readonly EngineObject[]>;
  /** Removes everything, including folders, and returns what is left of this instance in the engine. */
  dispose(): Promise<readonly string[]>;
}

/** Opens a harness for a separate instance. */
export async function openEngineHarness(engine: EngineInfo, instance: string): Promise<EngineHarness> {
  const client = createEngineClient(engine.socket, engine.apiPrefix);
  const label = `network.apocryph.instance=${instance}`;
  const dataDir = await mkdtemp(join(tmpdir(), "apoc-runtime-"));
  const makeRuntime = (changes: Partial<EngineRuntimeOptions> = {}) =>
    createEngineRuntime({ socket: engine.socket, instance, dataDir, stopSeconds: 1, ...changes });
  const list: EngineHarness["list"] = async (path, query = {}) =>
    ((await client.call("GET", path, { query })).body ?? []) as EngineObject[];

  const leftovers = async () => {
    const filters = JSON.stringify({ label: [label] });
    const containers = await list("/containers/json", { all: true, filters });
    const networks = await list("/networks", { filters });
    const images = await list("/images/json", { all: true });
    const volumes = (await client.call("GET", "/volumes")).body as { Volumes: { Name: string }[] | null };
    return [
      ...containers.map(({ Id }) => `container ${Id}`),
      ...networks.map(({ Id }) => `network ${Id}`),
      ...images.flatMap(({ RepoTags }) =>
        (RepoTags ?? []).filter((tag) => tag.includes(instance)).map((tag) => `image ${tag}`),
      ),
      // Anonymous volumes bear no label: all of the engine count.
      ...(volumes.Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ].toSorted();
  };
  const kill = async (podId: string, role: string, container: string) => {
    const words = [label, `network.apocryph.pod=${podId}`, `network.apocryph.role=${role}`];
    const filters = JSON.stringify({ label: [...words, `network.apocryph.container=${container}`] });
    for (const { Id } of await list("/containers/json", { filters })) {
      await client.call("POST", `/containers/${Id}/kill`);
    }
  };

  return {
    client,
    label,
    makeRuntime,
    list,
    leftovers,
    image: (program, { user } = {}) =>
      busyboxImage({
        entrypoint: ["/bin/sh", "-c", scriptOf(program)],
        ...(user === undefined ? {} : { user }),
      }),
    unstartable: () => busyboxImage({ entrypoint: ["/no/such/program"] }),
    startFailure: providerErrors.ENGINE_REFUSED,
    shell: (script, { args, ...config } = {}) =>
      busyboxImage({
        entrypoint: ["/bin/sh", "-c", script],
        ...(args === undefined ? {} : { cmd: args }),
        ...config,
      }),
    encrypted: async (text) =>
      encryptedImage(
        await busyboxImage({ entrypoint: ["/bin/sh", "-c", scriptOf([{ serve: text, port: 8080 }])] }),
      ),
    reportsOom: engine.name === "docker",
    async get({ host, port }) {
      const response = await fetch(`http://${host}:${port}/`).catch(() => undefined);
      return response?.ok === true ? response.text() : undefined;
    },
    end: (podId, container) => kill(podId, "container", container),
    loseNetwork: (podId) => kill(podId, "pause", ""),
    async dispose() {
      await makeRuntime().gc(new Set());
      await rm(dataDir, { recursive: true, force: true });
      return (await leftovers()).filter((object) => !object.startsWith("volume "));
    },
  };
}
