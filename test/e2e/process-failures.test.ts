import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { admissionErrors, findChannels, podUid } from "@apoc/core";
import { type Fault, serveRegistry } from "@apoc/devnet/registry";
import { parseManifest, readAll, RemoteRepository } from "@apoc/oci";
import {
  type DeployedPod,
  publishImages,
  pushOwnImage,
  type Role,
  runApoc,
  startApoc,
  usePod,
  writeManifest,
} from "apoc/demo";
import type { Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoStage, openStage } from "./open-stage.ts";
import { askProbe, pushProbe, secrets, writeProbe } from "./probe-pod.ts";
import { meteredOf, statusOf } from "./signed-call.ts";
import { openSocketProxy, type SocketProxy } from "./socket-proxy.ts";
import { actions, patience } from "./actions.ts";

const run = promisify(execFile);

describe("processes that die, grants that end, registries that lie", () => {
  let scene: DemoStage;
  let engine: SocketProxy;
  let act: ReturnType<typeof actions>;
  let licensed: { ledger: string; reader: string };
  let books: DeployedPod;
  let probe: DeployedPod;
  let probeImage: string;
  let manifest: string;

  beforeAll(async () => {
    scene = await openStage({
      async configureProvider(configuration) {
        const { socket } = configuration.engine;
        const path = join(configuration.dataDir, "..", "engine.sock");
        engine = await openSocketProxy(path, socket);
        configuration.engine.socket = path;
      },
    });
    act = actions(scene);
    licensed = await publishImages(scene.stage, scene.tell);
    probeImage = await pushProbe(scene.stage);
    manifest = await writeManifest(scene.stage, { ...licensed, web: await pushOwnImage(scene.stage) });
  });
  afterAll(async () => {
    await scene?.close();
    await engine?.stop();
  });

  test("a grant from a record while the provider is offline, and one that no registry ever sees", async () => {
    const { ada, ben, sofia } = scene.stage.roles;
    expect(await runApoc(ada, ["dev", "attest", scene.stage.provider.url])).toMatchObject({ code: 0 });
    await scene.killProvider();
    const byRecord = ["dev", "grant", licensed.ledger, "--provider", sofia.address];
    expect(await runApoc(ada, byRecord)).toMatchObject({ code: 0 });
    await scene.restartProvider();
    const before = scene.stage.registry.requests.length;
    const upload = ["dev", "grant", licensed.reader, "--provider", scene.stage.provider.url, "--upload"];
    expect(await runApoc(ben, upload)).toMatchObject({ code: 0 });
    const written = scene.stage.registry.requests
      .slice(before)
      .filter(({ method }) => !["GET", "HEAD"].includes(method));
    expect(written).toEqual([]);
  });

  test("a publisher that was killed after paying resumes the same channel and pays nothing more", async () => {
    const { pia } = scene.stage.roles;
    const before = await scene.transactions(pia.address);
    const pending = () => act.client.getTransactionCount({ address: pia.address, blockTag: "pending" });
    const first = startApoc(pia, act.arguments_(manifest));
    const ended = once(first, "close");
    while ((await pending()) === before && first.exitCode === null) await sleep(10);
    first.kill("SIGKILL");
    await ended;
    expect(first.signalCode).toBe("SIGKILL");
    await expect.poll(() => scene.transactions(pia.address), patience).toBe(before + 1);
    const paid = (await scene.stage.balances()).of;
    const again = await runApoc(pia, [...act.arguments_(manifest), "--no-wait"]);
    expect(again).toMatchObject({ code: 0 });
    books = JSON.parse(again.stdout) as DeployedPod;
    const channels = await findChannels(act.client, act.contract, { publisher: pia.address });
    expect(channels.map(({ id }) => id)).toEqual([books.channel]);
    expect(await scene.transactions(pia.address)).toBe(before + 1);
    expect((await scene.stage.balances()).of).toEqual(paid);
  });

  test("a provider that is killed while it prepares a pod completes it; nothing exists twice", async () => {
    const { pia } = scene.stage.roles;
    const until = Date.now() + 20_000;
    while ((await scene.containers(books)).length === 0 && Date.now() < until) await sleep(10);
    const killedWith = await scene.containers(books);
    await scene.killProvider();
    expect(killedWith.length).toBeGreaterThan(0);
    await scene.restartProvider();
    await expect.poll(() => act.state(pia, books), patience).toBe("running");
    const { answer, expected } = await usePod(scene.stage, books);
    expect(answer).toBe(expected);
    const containers = await scene.containers(books);
    // Three, and the one that holds their network.
    expect(containers.map((text) => text.split(" ")[1])).toEqual(Array.from({ length: 4 }, () => "running"));
    expect(await scene.networks(books)).toHaveLength(1);
    expect((await statusOf(scene.stage, pia, books)).containers.map(({ name }) => name).sort()).toEqual([
      "ledger",
      "reader",
      "web",
    ]);
  });

  test("variables, secrets, volumes and arguments are there; data outlives a crash and an update, not the pod", async () => {
    const { stage } = scene;
    const { ada, sofia } = stage.roles;
    const file = await writeProbe(ada, "probe", probeImage);
    probe = await act.deploy(ada, file);
    const ask = (path: string) => askProbe(probe.address, path);
    await expect.poll(() => ask("env"), patience).toContain("MODE=fast");
    expect(await ask("env")).toContain(`PASSWORD=${secrets.password}`);
    expect(await ask("cat?/keys/token.txt")).toBe(secrets.token);
    expect(await ask("cat?/scratch/args")).toBe("9090 pod probe\n");
    expect(await ask("note?first")).toBe("kept\n");
    await ask("crash");
    await expect
      .poll(async () => (await statusOf(stage, ada, probe)).containers[0]?.restarts, patience)
      .toBe(1);
    await expect.poll(() => ask("cat?/data/notes"), patience).toBe("first\n");
    await ask("note?second");
    const update = ["pod", "update", "probe", await writeProbe(ada, "probe", probeImage, "slow")];
    expect(await runApoc(ada, update)).toMatchObject({ code: 0 });
    await expect.poll(() => ask("env"), patience).toContain("MODE=slow");
    expect(await ask("cat?/data/notes")).toBe("first\nsecond\n");
    for (const secret of Object.values(secrets)) {
      await expect(run("grep", ["-rlF", secret, sofia.directory])).rejects.toMatchObject({ code: 1 });
      expect(stage.provider.log()).not.toContain(secret);
    }
  });

  test("an engine that restarts under a pod loses nothing", async () => {
    const { pia } = scene.stage.roles;
    const containers = await scene.containers(books);
    const metered = await meteredOf(scene.stage, pia, books);
    await engine.stop();
    await sleep(5_000);
    expect(await act.state(pia, books)).toBe("running");
    const { answer, expected } = await usePod(scene.stage, books);
    expect(answer).toBe(expected);
    await engine.start();
    await expect.poll(() => meteredOf(scene.stage, pia, books), patience).toBeGreaterThan(metered);
    expect(await scene.containers(books)).toEqual(containers);
    expect(await act.state(pia, books)).toBe("running");
  });

  test("a revoked grant stops the next start of its image, an expired one a new deployment; other images go on", async () => {
    const { stage } = scene;
    const { ada, ben, pia } = stage.roles;
    // The same program under other terms is another image, whose grant lasts for a moment only.
    const terms = join(ben.directory, "short-license.yaml");
    await writeFile(terms, "offers:\n  - perHour: 9.00\n");
    const to = `${stage.registry.host}/ben/reader:2.0`;
    const published = await runApoc(ben, [
      "dev",
      "publish",
      stage.programs.reader.layout,
      "--to",
      to,
      "--license",
      terms,
    ]);
    expect(published).toMatchObject({ code: 0 });
    const second = published.stdout.trim();
    const granting = runApoc(ben, [
      "dev",
      "grant",
      second,
      "--provider",
      stage.provider.url,
      "--not-after",
      "2s",
    ]);
    const revoking = runApoc(ada, ["dev", "revoke", licensed.ledger, "--all", "--yes"]);
    expect(await granting).toMatchObject({ code: 0 });
    expect(await revoking).toMatchObject({ code: 0 });
    await sleep(2_000);

    await scene.killContainer(books, "ledger");
    const failed = `failed ${admissionErrors.GRANT_REVOKED.code}`;
    await expect.poll(() => act.state(pia, books), patience).toBe(failed);
    expect(await scene.containers(books)).toEqual([]);
    expect(await act.state(ada, probe)).toBe("running");
    expect(await askProbe(probe.address, "cat?/data/notes")).toBe("first\nsecond\n");

    const quote = async (name: string, image: string) => {
      const file = join(pia.directory, `${name}.yaml`);
      await writeFile(file, `kind: Pod\nspec: { containers: [{ name: ${name}, image: "${image}" }] }\n`);
      return act.refused(pia, ["pod", "quote", file, "--provider", stage.provider.url, "--for", "1h"]);
    };
    const [revoked, expired, good] = [
      await quote("revoked", licensed.ledger),
      await quote("expired", second),
      await quote("good", licensed.reader),
    ];
    expect(revoked).toMatchObject({ code: 6, shown: [admissionErrors.GRANT_REVOKED.code] });
    expect(expired).toMatchObject({ code: 6, shown: [admissionErrors.GRANT_EXPIRED.code] });
    expect(good).toEqual({ code: 0, shown: [] });
  });

  test("closing returns the rest at once and leaves nothing of the pod", async () => {
    const { stage } = scene;
    const { ada, pia, sofia } = stage.roles;
    const closed = await Promise.all([act.close(pia, "books"), act.close(ada, "probe")]);
    for (const { state, ended, refunded } of closed) {
      expect({ state, ended }).toEqual({ state: "closed", ended: "termination" });
      expect(refunded).toBeGreaterThan(0n);
    }
    for (const pod of [books, probe]) {
      expect(await scene.containers(pod)).toEqual([]);
      expect(await scene.networks(pod)).toEqual([]);
      const { exec, deposited } = await act.channel(pod.channel);
      expect(exec).toBeGreaterThan(0n);
      expect(deposited).toBeGreaterThanOrEqual(exec);
      for (const folder of ["volumes", "run"]) {
        expect(await readdir(join(sofia.directory, "data", folder))).not.toContain(podUid(pod));
      }
    }
  });

  test("a registry that dies or lies after the quote: refused, the funds stay, closing returns them all", async () => {
    const { stage } = scene;
    const faults = new Map<string, Fault>();
    const registry = await serveRegistry({
      faults: ({ path, method }) => (method === "GET" ? faults.get(path.split("/").at(-1)!) : undefined),
    });
    try {
      const cases = [
        [stage.roles.ada, "dies", { disconnect: true }, admissionErrors.IMAGE_UNAVAILABLE],
        [
          stage.roles.ben,
          "lies",
          { body: (bytes) => bytes.map((byte) => byte ^ 1) },
          admissionErrors.IMAGE_DIGEST,
        ],
      ] as const satisfies readonly (readonly [Role, string, Fault, { code: string }])[];
      const deposits = await Promise.all(
        cases.map(async ([role, name, fault, error]) => {
          const image = await pushProbe(stage, registry.host, name);
          const repository = new RemoteRepository({ reference: image });
          const { layers } = parseManifest(await readAll(repository, await repository.resolve("1.0")));
          for (const { digest } of layers) faults.set(digest, fault);
          const file = await writeProbe(role, name, image);
          const { code, shown } = await act.refused(role, act.arguments_(file));
          expect({ code, shown }).toMatchObject({
            code: 6,
            shown: expect.arrayContaining([error.code]) as unknown,
          });
          const record = await newestRecord(role, name);
          const { deposited, exec, closed } = await act.channel(record.id);
          expect({ deposited, exec, closed }).toEqual({ deposited: record.deposit, exec: 0n, closed: false });
          // The provider knows no such pod, so there is an unlock to wait for.
          expect(await act.close(role, name)).toMatchObject({ state: "closing" });
          return record.deposit;
        }),
      );
      await stage.chain.advance(61);
      const refunds = await Promise.all(cases.map(([role, name]) => act.close(role, name)));
      expect(refunds.map(({ refunded }) => refunded)).toEqual(deposits);
    } finally {
      await registry.close();
    }
  });
});

/** What the command line remembers of a deployment. */
async function newestRecord(role: Role, name: string): Promise<{ id: Hex; deposit: bigint }> {
  const folder = join(role.directory, "data", "pods");
  for (const file of await readdir(folder)) {
    const record = JSON.parse(await readFile(join(folder, file), "utf8")) as {
      name: string;
      channels: { id: Hex; deposit: string }[];
    };
    const channel = record.channels.at(-1)!;
    if (record.name === name) return { id: channel.id, deposit: BigInt(channel.deposit) };
  }
  throw new Error(`no record of ${name}`);
}
