import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isApocError } from "@apoc/errors";
import { providerErrors } from "../../../packages/provider/src/errors.ts";
import {
  createEngineClient,
  type EngineClient,
} from "../../../packages/provider/src/runtime/engine/engine-client.ts";
import {
  createEngineRuntime,
  findEngineSocket,
  type EngineInfo,
} from "../../../packages/provider/src/runtime/engine/index.ts";
import { startEngineProxy } from "./engine-proxy.ts";
import { answerOf, busyboxImage, podOf, webContainer } from "./programs.ts";
import { lifecycleConformance } from "./lifecycle-conformance.ts";
import { runtimeConformance } from "./runtime-conformance.ts";

const instance = `test-${process.pid}`;
const label = `network.apocryph.instance=${instance}`;
const named = process.env["APOC_TEST_ENGINE"];
const env = named === undefined ? process.env : { DOCKER_HOST: named };
const engine: EngineInfo | undefined = await findEngineSocket(env).catch(() => undefined);

if (engine === undefined) {
  test("a container engine answers", () => {
    const message =
      "no container engine answers: eval $(scripts/engine.sh start --dir .apoc/engine), then export DOCKER_HOST";
    if (process.env["CI"] !== undefined) throw new Error(message);
    console.warn(message);
  });
} else {
  engineTests(engine);
}

type Listed = {
  Id: string;
  Names?: string[];
  Name?: string;
  RepoTags?: string[] | null;
  Labels?: Record<string, string> | null;
};

function engineTests(found: EngineInfo): void {
  const client: EngineClient = createEngineClient(found.socket, found.apiPrefix);
  const list = async (path: string, query: Record<string, string | boolean> = {}) =>
    ((await client.call("GET", path, { query })).body ?? []) as Listed[];
  const makeRuntime = (socket = found.socket) => createEngineRuntime({ socket, instance, stopSeconds: 1 });
  const publishing = () =>
    createEngineRuntime({ socket: found.socket, instance, stopSeconds: 1, publishPorts: true });

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

  const killPause = async (podId: string) => {
    const filters = JSON.stringify({
      label: [label, `network.apocryph.pod=${podId}`, "network.apocryph.role=pause"],
    });
    for (const { Id } of await list("/containers/json", { filters }))
      await client.call("POST", `/containers/${Id}/kill`);
  };

  beforeAll(() =>
    console.info(
      `engine: ${found.name} ${found.version}${found.rootless ? " (rootless)" : ""} at ${found.socket}`,
    ),
  );
  afterAll(async () => {
    await makeRuntime().gc(new Set());
    expect((await leftovers()).filter((object) => !object.startsWith("volume "))).toEqual([]);
  });

  const harness = () => ({ makeRuntime, leftovers, killPause, reportsOom: found.name === "docker" });
  runtimeConformance(`${found.name} ${found.version}`, harness);
  lifecycleConformance(`${found.name} ${found.version}`, harness);

  describe("an engine that does not do what it is told", () => {
    const lies: Record<
      string,
      (body: Record<string, unknown> & { HostConfig: Record<string, unknown> }) => void
    > = {
      "HostConfig.Privileged": (body) => (body.HostConfig["Privileged"] = true),
      Capabilities: (body) => (body.HostConfig["CapAdd"] = ["SYS_PTRACE"]),
      "HostConfig.PidMode": (body) => (body.HostConfig["PidMode"] = "host"),
      "HostConfig.IpcMode": (body) => (body.HostConfig["IpcMode"] = "host"),
      "Config.Entrypoint": (body) => (body["Entrypoint"] = ["/bin/sh"]),
      "Config.Cmd": (body) => (body["Cmd"] = ["-c", "cat /www/index.html"]),
      "Config.Env": (body) => (body["Env"] = ["LD_PRELOAD=/x"]),
      "Config.WorkingDir": (body) => (body["WorkingDir"] = "/tmp"),
      "Config.User": (body) => (body["User"] = "1234"),
      Mounts: (body) =>
        (body.HostConfig["Mounts"] = [{ Type: "bind", Source: "/tmp", Target: "/www", ReadOnly: false }]),
      "HostConfig.Memory": (body) => (
        (body.HostConfig["Memory"] = 128 << 20), (body.HostConfig["MemorySwap"] = 128 << 20)
      ),
      "HostConfig.PidsLimit": (body) => (body.HostConfig["PidsLimit"] = 0),
      "HostConfig.SecurityOpt": (body) =>
        (body.HostConfig["SecurityOpt"] = ["no-new-privileges", "seccomp=unconfined"]),
      "HostConfig.Devices": (body) =>
        (body.HostConfig["Devices"] = [
          { PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "r" },
        ]),
      "HostConfig.NetworkMode": (body) => (body.HostConfig["NetworkMode"] = "host"),
    };

    // Podman 4.3 does not take the mode from this member, whatever it says.
    if (found.name === "podman") delete lies["HostConfig.IpcMode"];

    test.each(Object.entries(lies))(
      "a change of %s is found before start and the pod is removed",
      async (field, alter) => {
        const before = await leftovers();
        let started = false;
        const proxy = await startEngineProxy(found.socket, {
          alter: (body) => {
            // Lie about the program's container, not the pause container.
            if (JSON.stringify(body["Labels"]).includes('"network.apocryph.role":"container"')) alter(body);
          },
        });
        onTestFinished(() => proxy.close());
        const pod = podOf([await webContainer("web", "secret")]);
        const error: unknown = await makeRuntime(proxy.socket)
          .apply(pod)
          .catch((caught: unknown) => caught);
        started = proxy.mutations.some((mutation) => mutation.endsWith("/start"));
        expect(isApocError(error, providerErrors.READBACK_MISMATCH) ? error.field : error).toBe(
          `web.${field}`,
        );
        expect(started).toBe(false);
        expect(await leftovers()).toEqual(before);
      },
    );

    test.each([1, 2, 3, 4, 5, 6, 7])(
      "it may die at change %i of an apply: the next one succeeds and leaves no trace",
      async (cutAt) => {
        const before = await leftovers();
        const proxy = await startEngineProxy(found.socket, { cutAt });
        onTestFinished(() => proxy.close());
        const pod = podOf([await webContainer("web", "survived")]);
        onTestFinished(() => makeRuntime().remove(pod.podId));
        const error: unknown = await makeRuntime(proxy.socket)
          .apply(pod)
          .catch((caught: unknown) => caught);
        expect(isApocError(error, providerErrors.ENGINE_UNREACHABLE)).toBe(true);
        const runtime = makeRuntime();
        await runtime.apply(pod);
        expect(await answerOf(runtime, pod.podId)).toBe("survived");
        await runtime.remove(pod.podId);
        expect(await leftovers()).toEqual(before);
      },
    );

    test("an image whose bytes fail while they are sent is not loaded", async () => {
      const before = await leftovers();
      const image = await busyboxImage({ entrypoint: ["/bin/sh"] });
      const layer = image.layers[0] as (typeof image.layers)[0];
      async function* open() {
        yield* [new Uint8Array(1000)];
        throw new Error("tampered");
      }
      const pod = podOf([
        {
          name: "main",
          image: { ...image, layers: [{ ...layer, open }] },
          env: [],
          mounts: [],
          cpuMillis: 100,
          memoryBytes: 32 << 20,
        },
      ]);
      await expect(makeRuntime().apply(pod)).rejects.toThrow("tampered");
      expect(await leftovers()).toEqual(before);
    });

    test("a layer other than the config's is refused by the engine", async () => {
      const [good, other] = [
        await busyboxImage({}),
        await busyboxImage({}, [{ path: "/evil", content: "x" }]),
      ];
      const pod = podOf([
        {
          name: "main",
          image: { ...good, layers: other.layers },
          env: [],
          mounts: [],
          cpuMillis: 100,
          memoryBytes: 32 << 20,
        },
      ]);
      await expect(makeRuntime().apply(pod)).rejects.toSatisfy((error) => isApocError(error));
      await makeRuntime().remove(pod.podId);
    });
  });

  test("published ports are on the loopback interface only", async () => {
    const pod = podOf([await webContainer("web", "published")]);
    const runtime = publishing();
    onTestFinished(() => runtime.remove(pod.podId));
    await runtime.apply(pod);
    expect(await answerOf(runtime, pod.podId)).toBe("published");
    const address = (await runtime.observe(pod.podId))[0]?.address(8080);
    expect(address?.host).toBe("127.0.0.1");
    expect((await runtime.observe(pod.podId))[0]?.address(9999)).toBe(undefined);
  });

  test("containers, networks and images of others are never touched", async () => {
    const pod = podOf([await webContainer("web", "mine")]);
    const runtime = makeRuntime();
    onTestFinished(() => runtime.remove(pod.podId));
    await runtime.apply(pod);
    const other = createEngineRuntime({ socket: found.socket, instance: `${instance}-x`, stopSeconds: 1 });
    onTestFinished(() => other.gc(new Set()).then(() => undefined));
    const theirs = { ...pod, containers: [await webContainer("web", "theirs")] };
    const [mine] = (await list("/containers/json", { filters: JSON.stringify({ label: [label] }) })) as [
      Listed,
    ];
    const name = `foreign-${process.pid}`;
    const { Id } = (
      await client.call("POST", "/containers/create", {
        query: { name },
        body: { Image: (mine as unknown as { ImageID: string }).ImageID, Cmd: ["x"] },
      })
    ).body as Listed;
    onTestFinished(() =>
      client.call("DELETE", `/containers/${Id}`, { query: { force: true } }).then(() => undefined),
    );
    await other.apply(theirs);
    expect(await answerOf(other, pod.podId)).toBe("theirs");
    await other.gc(new Set());
    expect(await other.observe()).toEqual([]);
    expect(await answerOf(runtime, pod.podId)).toBe("mine");
    expect((await client.call("GET", `/containers/${Id}/json`)).status).toBe(200);
  });
}
