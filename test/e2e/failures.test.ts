import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  admissionErrors,
  available,
  type ChannelRecord,
  findChannel,
  findChannels,
  paymentChannelAbi,
  readChannel,
} from "@apoc/core";
import { type Fault, serveRegistry } from "@apoc/devnet/registry";
import { parseManifest, readAll, RemoteRepository } from "@apoc/oci";
import {
  type DeployedPod,
  openRoleAccount,
  publishImages,
  pushOwnImage,
  type Role,
  runApoc,
  startApoc,
  usePod,
  writeManifest,
} from "apoc/demo";
import { createPublicClient, createWalletClient, type Hex, http } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoStage, openStage } from "./open-stage.ts";
import { askProbe, pushProbe, secrets, writeProbe } from "./probe-pod.ts";
import { openRpcProxy, type RpcProxy } from "./rpc-proxy.ts";
import { clientOf, signAs, statusOf } from "./signed-call.ts";
import { openSocketProxy, type SocketProxy } from "./socket-proxy.ts";

const run = promisify(execFile);
const patience = { timeout: 45_000, interval: 250 };

/** What both stages do with their people. */
function actions(scene: DemoStage) {
  const { stage } = scene;
  const client = createPublicClient({ transport: http(stage.chain.url) });
  const contract = stage.contracts.paymentChannel;
  const arguments_ = (file: string, time = "1h") => [
    "pod",
    "deploy",
    file,
    "--provider",
    stage.provider.url,
    "--for",
    time,
    "--yes",
    "--max-total",
    "60",
    "--json",
  ];
  return {
    client,
    contract,
    arguments_,
    /** Deploys, and fails with what was said where that fails. */
    async deploy(role: Role, file: string, time?: string): Promise<DeployedPod> {
      const ended = await runApoc(role, arguments_(file, time));
      expect(ended).toMatchObject({ code: 0 });
      return JSON.parse(ended.stdout) as DeployedPod;
    },
    /** Runs a command that is to be refused; gives exit and the codes that it showed. */
    async refused(role: Role, args: readonly string[]): Promise<{ code: number; shown: string[] }> {
      const { code, stdout, stderr } = await runApoc(role, args);
      return { code, shown: [...new Set((stdout + stderr).match(/APOC-\d{4}/g) ?? [])] };
    },
    async close(role: Role, name: string): Promise<{ state: string; ended?: string; refunded: bigint }> {
      const ended = await runApoc(role, ["pod", "close", name, "--yes", "--json"]);
      expect(ended).toMatchObject({ code: 0 });
      const { refunded = "0", ...rest } = JSON.parse(ended.stdout) as { state: string; refunded?: string };
      return { ...rest, refunded: BigInt(refunded) };
    },
    channel: (id: Hex) => readChannel(client, contract, id),
    terms: async (id: Hex): Promise<ChannelRecord> => (await findChannel(client, contract, id))!,
    /** State and code of its reason, as a publisher sees it. */
    async state(role: Role, id: Hex): Promise<string> {
      const { state, reason } = await statusOf(stage, role, id);
      return reason === undefined ? state : `${state} ${reason.code}`;
    },
  };
}

describe("a chain that is away, stands still, or says that the money ends", () => {
  const suspendAfterSeconds = 18;
  let scene: DemoStage;
  let proxy: RpcProxy;
  let act: ReturnType<typeof actions>;
  let one: DeployedPod;
  let short: DeployedPod;
  let two: DeployedPod;
  let third: string;

  beforeAll(async () => {
    scene = await openStage({
      async configureProvider(configuration) {
        proxy = await openRpcProxy(configuration.chain.rpc[0]!);
        configuration.chain.rpc = [proxy.url];
        configuration.policy = { ...configuration.policy, maxHeadAgeSeconds: 6, minRunwaySeconds: 0 };
        configuration.suspendAfterSeconds = suspendAfterSeconds;
      },
    });
    act = actions(scene);
    const { pia, ada } = scene.stage.roles;
    const image = await pushProbe(scene.stage);
    third = await writeProbe(ada, "third", image);
    const [ofPia, ofAda] = await Promise.all([
      (async () => {
        const long = await act.deploy(pia, await writeProbe(pia, "one", image));
        return [long, await act.deploy(pia, await writeProbe(pia, "short", image), "60s")] as const;
      })(),
      writeProbe(ada, "two", image).then((file) => act.deploy(ada, file)),
    ]);
    [one, short] = ofPia;
    two = ofAda;
  });
  afterAll(async () => {
    await scene?.close();
    await proxy?.stop();
  });

  test("two pods of two publishers reach themselves and not each other", async () => {
    for (const { address } of [one, short, two]) {
      await expect.poll(() => askProbe(address, "env"), patience).toContain("MODE=fast");
    }
    const reachable = await addressesIn(two);
    expect(reachable).toHaveLength(1);
    for (const host of [...reachable, "probe"]) {
      expect(await askProbe(two.address, `fetch?${host}:9090`)).toBe("9090 pod two\n");
    }
    for (const host of [...reachable, "two"]) {
      expect(await askProbe(one.address, `fetch?${host}:9090`)).toBe("unreachable\n");
    }
    expect(await askProbe(one.address, "fetch?probe:9090")).toBe("9090 pod one\n");
  });

  test("nobody but its publisher may ask about a pod, read its logs or remove it", async () => {
    const { stage } = scene;
    const { ada, pia } = stage.roles;
    const client = clientOf(stage);
    const foreign = { code: admissionErrors.REQUEST_SIGNATURE.code };
    await expect(statusOf(stage, ada, one.id)).rejects.toMatchObject(foreign);
    const remove = await signAs(stage, ada, "delete", one.id);
    await expect(client.deletePod(one.id, remove)).rejects.toMatchObject(foreign);
    const logs = await signAs(stage, ada, "logs", one.id);
    await expect(client.logs(one.id, {}, logs).next()).rejects.toMatchObject(foreign);
    // Signed by the right one, but for something else.
    const status = await signAs(stage, pia, "status", one.id);
    await expect(client.deletePod(one.id, status)).rejects.toMatchObject({
      code: admissionErrors.REQUEST_ACTION.code,
    });
    expect(await act.state(pia, one.id)).toBe("running");
  });

  test("without its RPC the provider lets pods run and admits nothing; afterwards all goes on", async () => {
    const { ada, pia } = scene.stage.roles;
    const containers = await scene.containers(one.id);
    const { metered } = await statusOf(scene.stage, pia, one.id);
    const sent = await scene.transactions(ada.address);
    await proxy.stop();
    const { code, shown } = await act.refused(ada, act.arguments_(third));
    expect(code).not.toBe(0);
    expect(shown).toContain(admissionErrors.CHAIN_UNREACHABLE.code);
    expect(await scene.transactions(ada.address)).toBe(sent);
    expect(await act.state(pia, one.id)).toBe("running");
    expect(await askProbe(one.address, "env")).toContain("MODE=fast");
    expect(await scene.containers(one.id)).toEqual(containers);
    await proxy.start();
    const quote = ["pod", "quote", third, "--provider", scene.stage.provider.url, "--for", "1h"];
    expect(await runApoc(ada, quote)).toMatchObject({ code: 0 });
    expect((await statusOf(scene.stage, pia, one.id)).metered).toBeGreaterThan(metered);
  });

  test("a head that stands still admits nothing at once, and suspends only after its bound", async () => {
    const { ada, pia } = scene.stage.roles;
    const sent = await scene.transactions(ada.address);
    await proxy.freeze();
    const began = Date.now();
    await sleep(7_500);
    const { code, shown } = await act.refused(ada, act.arguments_(third));
    expect({ code, shown }).toMatchObject({ code: 6, shown: [admissionErrors.CHAIN_STALE.code] });
    expect(await scene.transactions(ada.address)).toBe(sent);
    const stale = `suspended ${admissionErrors.CHAIN_STALE.code}`;
    let state = "";
    let lastRunning = 0;
    while (state !== stale && Date.now() - began < 60_000) {
      state = await act.state(pia, one.id);
      if (state === "running") lastRunning = Date.now() - began;
      await sleep(200);
    }
    expect(state).toBe(stale);
    // The head was up to a block old when it was frozen.
    expect(lastRunning).toBeGreaterThan((suspendAfterSeconds - 3) * 1000);
    expect(await askProbe(one.address, "env")).toBe("status 404");
    await expect.poll(() => scene.containers(one.id), patience).toEqual([]);
    proxy.thaw();
    await expect.poll(() => act.state(pia, one.id), patience).toBe("running");
    await expect.poll(() => askProbe(one.address, "env"), patience).toContain("MODE=fast");
  });

  test("logs are followed as they are written, and end with the pod; closing settles at once", async () => {
    const { ada } = scene.stage.roles;
    await expect.poll(() => askProbe(two.address, "env"), patience).toContain("MODE=fast");
    const following = startApoc(ada, ["pod", "logs", "two", "-f"]);
    const ended = once(following, "close");
    let text = "";
    following.stdout!.setEncoding("utf8").on("data", (part: string) => (text += part));
    await expect.poll(() => text, patience).toContain("started with 2 arguments");
    await askProbe(two.address, "say?something-new");
    await expect.poll(() => text, patience).toContain("something-new");
    const before = (await scene.stage.balances()).of.ada;
    const closed = await act.close(ada, "two");
    expect(closed).toMatchObject({ state: "closed", ended: "termination" });
    expect((await scene.stage.balances()).of.ada - before).toBe(closed.refunded);
    expect((await ended)[0]).toBe(0);
    const { deposited, exec } = await act.channel(two.id);
    expect(deposited).toBe(exec);
    // Pods that stay are as far apart as before.
    const [address] = await addressesIn(short);
    expect(await askProbe(short.address, `fetch?${address}:9090`)).toBe("9090 pod short\n");
    expect(await askProbe(one.address, `fetch?${address}:9090`)).toBe("unreachable\n");
  });

  test("a pod without funds is suspended and its use claimed at once; new funds resume it", async () => {
    const { pia } = scene.stage.roles;
    const suspended = `suspended ${admissionErrors.FUNDS_RUNWAY.code}`;
    await expect.poll(() => act.state(pia, short.id), { timeout: 90_000, interval: 500 }).toBe(suspended);
    // All of it that the funds cover, long before the next claim by interval; what ran beyond them is its loss.
    const { deposited } = await act.channel(short.id);
    const { metered } = await statusOf(scene.stage, pia, short.id);
    expect(metered).toBeGreaterThan((deposited * 9n) / 10n);
    const covered = metered < deposited ? metered : deposited;
    await expect.poll(async () => (await act.channel(short.id)).exec, patience).toBe(covered);
    expect(await runApoc(pia, ["pod", "fund", "short", "1", "--yes"])).toMatchObject({ code: 0 });
    await expect.poll(() => act.state(pia, short.id), patience).toBe("running");
    await expect.poll(() => askProbe(short.address, "env"), patience).toContain("MODE=fast");
  });

  test("an unlock stops the pod; the provider claims at once; the refund is what accounting says", async () => {
    const { stage } = scene;
    const { pia } = stage.roles;
    const { header } = await act.terms(one.id);
    const wallet = createWalletClient({
      account: await openRoleAccount(pia),
      transport: http(stage.chain.url),
    });
    const call = {
      address: act.contract,
      abi: paymentChannelAbi,
      functionName: "unlock",
      args: [header],
    } as const;
    await wallet.writeContract({ ...call, chain: null });
    const unlocking = `suspended ${admissionErrors.FUNDS_UNLOCKING.code}`;
    await expect.poll(() => act.state(pia, one.id), patience).toBe(unlocking);
    await expect.poll(() => scene.containers(one.id), patience).toEqual([]);
    const { metered } = await statusOf(stage, pia, one.id);
    expect(metered).toBeGreaterThan(0n);
    await expect.poll(async () => (await act.channel(one.id)).exec, patience).toBe(metered);
    await stage.chain.advance(61);
    const { timestamp } = await act.client.getBlock();
    const expected = available(await act.channel(one.id), header, Number(timestamp));
    expect(await act.close(pia, "one")).toEqual({
      id: one.id,
      state: "closed",
      ended: "unlock",
      refunded: expected,
    });
    expect((await act.channel(one.id)).deposited).toBe(metered);
    // The channel is over for good, and so are the pod and its volumes.
    await expect.poll(() => act.state(pia, one.id), patience).toBe("removed");
    expect(await readdir(join(stage.roles.sofia.directory, "data", "volumes"))).not.toContain(one.id);
  });
});

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

  test("a grant from a record while the provider is away, and one that no registry ever sees", async () => {
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

  test("a publisher that was killed after it paid resumes the same channel and pays nothing more", async () => {
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
    expect(channels.map(({ id }) => id)).toEqual([books.id]);
    expect(await scene.transactions(pia.address)).toBe(before + 1);
    expect((await scene.stage.balances()).of).toEqual(paid);
  });

  test("a provider that is killed while it prepares a pod completes it; nothing is there twice", async () => {
    const { pia } = scene.stage.roles;
    const until = Date.now() + 20_000;
    while ((await scene.containers(books.id)).length === 0 && Date.now() < until) await sleep(10);
    const killedWith = await scene.containers(books.id);
    await scene.killProvider();
    expect(killedWith.length).toBeGreaterThan(0);
    await scene.restartProvider();
    await expect.poll(() => act.state(pia, books.id), patience).toBe("running");
    const { answer, expected } = await usePod(scene.stage, books);
    expect(answer).toBe(expected);
    const containers = await scene.containers(books.id);
    // Three, and the one that holds their network.
    expect(containers.map((text) => text.split(" ")[1])).toEqual(Array.from({ length: 4 }, () => "running"));
    expect(await scene.networks(books.id)).toHaveLength(1);
    expect((await statusOf(scene.stage, pia, books.id)).containers.map(({ name }) => name).sort()).toEqual([
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
      .poll(async () => (await statusOf(stage, ada, probe.id)).containers[0]?.restarts, patience)
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

  test("an engine that goes away and comes back under a pod takes nothing with it", async () => {
    const { pia } = scene.stage.roles;
    const containers = await scene.containers(books.id);
    const { metered } = await statusOf(scene.stage, pia, books.id);
    await engine.stop();
    await sleep(5_000);
    expect(await act.state(pia, books.id)).toBe("running");
    const { answer, expected } = await usePod(scene.stage, books);
    expect(answer).toBe(expected);
    await engine.start();
    await expect
      .poll(async () => (await statusOf(scene.stage, pia, books.id)).metered, patience)
      .toBeGreaterThan(metered);
    expect(await scene.containers(books.id)).toEqual(containers);
    expect(await act.state(pia, books.id)).toBe("running");
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

    await scene.killContainer(books.id, "ledger");
    const failed = `failed ${admissionErrors.GRANT_REVOKED.code}`;
    await expect.poll(() => act.state(pia, books.id), patience).toBe(failed);
    expect(await scene.containers(books.id)).toEqual([]);
    expect(await act.state(ada, probe.id)).toBe("running");
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

  test("closing gives the rest back at once and leaves nothing of the pod", async () => {
    const { stage } = scene;
    const { ada, pia, sofia } = stage.roles;
    const closed = await Promise.all([act.close(pia, "books"), act.close(ada, "probe")]);
    for (const { state, ended, refunded } of closed) {
      expect({ state, ended }).toEqual({ state: "closed", ended: "termination" });
      expect(refunded).toBeGreaterThan(0n);
    }
    for (const { id } of [books, probe]) {
      expect(await scene.containers(id)).toEqual([]);
      expect(await scene.networks(id)).toEqual([]);
      const { exec, deposited } = await act.channel(id);
      expect(exec).toBeGreaterThan(0n);
      expect(deposited).toBeGreaterThanOrEqual(exec);
      for (const folder of ["volumes", "run"]) {
        expect(await readdir(join(sofia.directory, "data", folder))).not.toContain(id);
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

/** Addresses that a pod has in its own network. */
async function addressesIn({ address }: DeployedPod): Promise<string[]> {
  const inside = await askProbe(address, "address");
  const all = [...inside.matchAll(/inet (\d+\.\d+\.\d+\.\d+)/g)].map(([, found]) => found!);
  return all.filter((found) => !found.startsWith("127."));
}

/** What the command line remembers of a deployment. */
async function newestRecord(role: Role, name: string): Promise<{ id: Hex; deposit: bigint }> {
  const folder = join(role.directory, "data", "pods");
  for (const file of await readdir(folder)) {
    const record = JSON.parse(await readFile(join(folder, file), "utf8")) as {
      name: string;
      id: Hex;
      deposit: string;
    };
    if (record.name === name) return { id: record.id, deposit: BigInt(record.deposit) };
  }
  throw new Error(`no record of ${name}`);
}
