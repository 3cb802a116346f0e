import { isApocError } from "@apoc/errors";
import { answerOf, container, podOf, webContainer } from "@apoc/provider/runtime-conformance";
import { loadImage, openImage, providerErrors, type EngineInfo } from "@apoc/provider/engine";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { busyboxImage } from "./busybox-images.ts";
import { openEngineHarness } from "./engine-harness.ts";
import { startEngineProxy } from "./engine-proxy.ts";
import { engineLies } from "./engine-lies.ts";
import { findEngine } from "./find-engine.ts";

const engine = await findEngine();
if (engine !== undefined) await engineFaults(engine);

async function engineFaults(found: EngineInfo): Promise<void> {
  const harness = await openEngineHarness(found, `faults-${process.pid}`);
  const { client, label } = harness;
  const makeRuntime: typeof harness.makeRuntime = (changes) => harness.makeRuntime(changes);
  const leftovers = () => harness.leftovers();
  const web = (name: string, text: string) => webContainer(harness, name, text);
  afterAll(async () => expect(await harness.dispose()).toEqual([]));

  // Podman 4.3 does not take the mode from this member, whatever it says.
  const lies = Object.entries(engineLies).filter(
    ([field]) => found.name !== "podman" || field !== "HostConfig.IpcMode",
  );

  describe("an engine that does not follow instructions", () => {
    test.each(lies)("a change of %s is found before start and the pod is removed", async (field, alter) => {
      const before = await leftovers();
      const proxy = await startEngineProxy(found.socket, {
        alter: (body) => {
          // Lie about the program's container, not the pause container.
          if (JSON.stringify(body["Labels"]).includes('"network.apocryph.role":"container"')) alter(body);
        },
      });
      onTestFinished(() => proxy.close());
      const pod = podOf([await web("web", "secret")]);
      const error: unknown = await makeRuntime({ socket: proxy.socket })
        .apply(pod)
        .catch((caught: unknown) => caught);
      expect(isApocError(error, providerErrors.READBACK_MISMATCH) ? error.field : error).toBe(`web.${field}`);
      expect(proxy.mutations.some((mutation) => mutation.endsWith("/start"))).toBe(false);
      expect(await leftovers()).toEqual(before);
    });

    test.each([1, 2, 3, 4, 5, 6, 7])(
      "it may be killed at change %i of an apply: the next one succeeds and leaves no trace",
      async (cutAt) => {
        const before = await leftovers();
        const proxy = await startEngineProxy(found.socket, { cutAt });
        onTestFinished(() => proxy.close());
        const pod = podOf([await web("web", "survived")]);
        onTestFinished(() => makeRuntime().remove(pod.podId));
        const error: unknown = await makeRuntime({ socket: proxy.socket })
          .apply(pod)
          .catch((caught: unknown) => caught);
        expect(isApocError(error, providerErrors.ENGINE_UNREACHABLE)).toBe(true);
        const runtime = makeRuntime();
        await runtime.apply(pod);
        expect(await answerOf(harness, runtime, pod.podId)).toBe("survived");
        await runtime.remove(pod.podId);
        expect(await leftovers()).toEqual(before);
      },
    );

    test("an image whose bytes fail while they are streamed is not loaded", async () => {
      const before = await leftovers();
      const image = await busyboxImage({ entrypoint: ["/bin/sh"] });
      const [layer] = image.manifest.layers;
      const blobs = {
        async *fetch(descriptor: typeof layer & {}) {
          if (descriptor.digest !== layer?.digest) return yield* image.blobs.fetch(descriptor);
          yield* [new Uint8Array(1000), new Uint8Array(1000)];
          throw new Error("tampered");
        },
      };
      const pod = podOf([container("main", { ...image, blobs })]);
      await expect(makeRuntime().apply(pod)).rejects.toThrow("tampered");
      expect(await leftovers()).toEqual(before);
    });

    test("a layer other than the config's is refused, by us and by the engine", async () => {
      const [good, other] = [
        await busyboxImage({}),
        await busyboxImage({}, [{ path: "/evil", content: "x" }]),
      ];
      const { layers } = other.manifest;
      const mixed = { ...good, manifest: { ...good.manifest, layers }, blobs: both(good.blobs, other.blobs) };
      const pod = podOf([container("main", mixed)]);
      await expect(makeRuntime().apply(pod)).rejects.toSatisfy((error) => isApocError(error));
      await makeRuntime().remove(pod.podId);

      const tag = `apoc.invalid/${label.split("=")[1]}/mixed:1`;
      const unchecked = { ...(await openImage(good)), layers: (await openImage(other)).layers };
      await expect(loadImage(client, unchecked, tag)).rejects.toMatchObject({
        code: providerErrors.IMAGE_LOAD_FAILED.code,
      });
    });
  });

  test("published ports are on the loopback interface only", async () => {
    const pod = podOf([await web("web", "published")]);
    const runtime = makeRuntime({ publishPorts: true });
    onTestFinished(() => runtime.remove(pod.podId));
    await runtime.apply(pod);
    expect(await answerOf(harness, runtime, pod.podId)).toBe("published");
    const observed = await runtime.observe(pod.podId);
    expect(observed?.address(8080)?.host).toBe("127.0.0.1");
    expect(observed?.address(9999)).toBe(undefined);
  });

  test("containers, networks and images of others are never touched", async () => {
    const pod = podOf([await web("web", "mine")]);
    const runtime = makeRuntime();
    onTestFinished(() => runtime.remove(pod.podId));
    await runtime.apply(pod);
    const neighbour = await openEngineHarness(found, `faults-${process.pid}-x`);
    onTestFinished(() => neighbour.dispose().then(() => undefined));
    const other = neighbour.makeRuntime();
    const theirs = { ...pod, containers: [await web("web", "theirs")] };
    const [mine] = await harness.list("/containers/json", { filters: JSON.stringify({ label: [label] }) });
    const name = `foreign-${process.pid}`;
    const created = await client.call("POST", "/containers/create", {
      query: { name },
      body: { Image: mine?.ImageID, Cmd: ["x"] },
    });
    const { Id } = created.body as { Id: string };
    onTestFinished(() =>
      client.call("DELETE", `/containers/${Id}`, { query: { force: true } }).then(() => undefined),
    );
    await other.apply(theirs);
    expect(await answerOf(harness, other, pod.podId)).toBe("theirs");
    await other.gc(new Set());
    expect(await other.list()).toEqual([]);
    expect(await answerOf(harness, runtime, pod.podId)).toBe("mine");
    expect((await client.call("GET", `/containers/${Id}/json`)).status).toBe(200);
  });
}

type Blobs = Awaited<ReturnType<typeof busyboxImage>>["blobs"];

/** Blobs of two images. */
function both(first: Blobs, second: Blobs): Blobs {
  return {
    async *fetch(descriptor) {
      let started = false;
      try {
        for await (const chunk of first.fetch(descriptor)) {
          started = true;
          yield chunk;
        }
      } catch (error) {
        if (started) throw error;
        yield* second.fetch(descriptor);
      }
    },
  };
}
