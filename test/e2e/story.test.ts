import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  admissionErrors,
  encodePodKeyRequest,
  generateSessionKeyPair,
  grantMediaType,
  type PodAction,
  type PodScope,
  sessionKeyOf,
  sessionRequests,
} from "@apoc/core";
import { type Digest, parseManifest, readAll, RemoteRepository } from "@apoc/oci";
import { type DemoStage, openStage } from "./open-stage.ts";
import { runReadmeBot } from "./readme-bot.ts";
import { clientOf, signAs } from "./signed-call.ts";
import {
  attestAndGrant,
  deployPod,
  type DeployedPod,
  passTime,
  publishImages,
  pushOwnImage,
  runApoc,
  settle,
  usePod,
  writeManifest,
} from "apoc/demo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);

/** The story of `apoc demo`, with an assertion at each step. Tests depend on those before them. */
describe("two developers, a publisher and a provider", () => {
  let scene: DemoStage;
  let licensed: { ledger: string; reader: string };
  let pod: DeployedPod;
  let manifest: string;

  beforeAll(async () => {
    scene = await openStage();
  });
  afterAll(() => scene?.close());

  test("both publish; stdout is only the reference", async () => {
    licensed = await publishImages(scene.stage, scene.tell);
    for (const reference of Object.values(licensed)) {
      expect(reference).toMatch(/^127\.0\.0\.1:\d+\/\w+\/\w+@sha256:[0-9a-f]{64}$/);
    }
  });

  test("skopeo decrypts the pushed image with the exported key to the original layers, bit for bit", async () => {
    const { ada } = scene.stage.roles;
    const key = join(ada.directory, "ledger.pem");
    expect((await runApoc(ada, ["dev", "key", "export", licensed.ledger, "--out", key])).code).toBe(0);
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    const target = await realpath(await mkdtemp(join(tmpdir(), "apoc-skopeo-")));
    try {
      await run("skopeo", [
        "copy",
        "--insecure-policy",
        "--src-tls-verify=false",
        "--decryption-key",
        key,
        `docker://${licensed.ledger}`,
        `oci:${target}:plain`,
      ]);
      const layersOf = async (directory: string) => {
        const blob = (digest: string) => readFile(join(directory, "blobs", ...digest.split(":")), "utf8");
        const index = JSON.parse(await readFile(join(directory, "index.json"), "utf8")) as {
          manifests: { digest: string }[];
        };
        return (
          JSON.parse(await blob(index.manifests[0]!.digest)) as { layers: { digest: string }[] }
        ).layers.map(({ digest }) => digest);
      };
      expect(await layersOf(target)).toEqual(await layersOf(scene.stage.programs.ledger.layout));
    } finally {
      await rm(target, { recursive: true });
    }
  });

  test("the image key is not in the developer's folder in clear, and the exported file is not overwritten", async () => {
    const { ada } = scene.stage.roles;
    const pem = await readFile(join(ada.directory, "ledger.pem"), "utf8");
    const scalar = pem.split("\n")[1]!.slice(40, 60);
    const { stdout } = await run("grep", ["-rlF", scalar, ada.directory]);
    expect(stdout.trim().split("\n")).toEqual([join(ada.directory, "ledger.pem")]);
    const again = await runApoc(ada, [
      "dev",
      "key",
      "export",
      licensed.ledger,
      "--out",
      join(ada.directory, "ledger.pem"),
    ]);
    expect(again.code).toBe(2);
    await rm(join(ada.directory, "ledger.pem"));
  });

  test("attest and grant: no layer is uploaded again, D does not change", async () => {
    const { registry } = scene.stage;
    const before = registry.requests.length;
    await attestAndGrant(scene.stage, scene.tell, licensed);
    const written = registry.requests
      .slice(before)
      .filter(({ method }) => method !== "GET" && method !== "HEAD");
    const uploaded = written
      .flatMap(({ path }) => /[?&]digest=([^&]+)/.exec(path)?.[1] ?? [])
      .map(decodeURIComponent);
    // For each image the grant, and the empty config where the repository has none: nothing else.
    expect(uploaded).toHaveLength(4);
    for (const reference of Object.values(licensed)) {
      const [, digest] = reference.split("@") as [string, Digest];
      const repository = new RemoteRepository({ reference });
      expect((await repository.resolve("1.0")).digest).toBe(digest);
      const { layers } = parseManifest(await readAll(repository, await repository.resolve(digest)));
      expect(layers.length).toBeGreaterThan(0);
      for (const layer of layers) expect(uploaded).not.toContain(layer.digest);
      const referrers = await repository.referrers(digest, grantMediaType);
      expect(referrers).toHaveLength(1);
    }
  });

  test("without --yes and --max-total a deployment that cannot ask is refused before anything is paid", async () => {
    const web = await pushOwnImage(scene.stage);
    manifest = await writeManifest(scene.stage, { ...licensed, web });
    const { pia } = scene.stage.roles;
    const before = (await scene.stage.balances()).of;
    const arguments_ = ["pod", "deploy", manifest, "--provider", scene.stage.provider.url, "--for", "1h"];
    expect((await runApoc(pia, arguments_)).code).toBe(2);
    const cheap = await runApoc(pia, [...arguments_, "--yes", "--max-total", "1"]);
    expect(cheap.code).toBe(5);
    expect(cheap.stderr).toContain("APOC-4006");
    expect((await scene.stage.balances()).of).toEqual(before);
  });

  test("the pod is deployed with one transaction", async () => {
    const count = () => scene.transactions(scene.stage.roles.pia.address);
    const before = await count();
    pod = await deployPod(scene.stage, scene.tell, manifest);
    expect(pod.name).toBe("books");
    expect(pod.podId).toMatch(/^0x[0-9a-f]{64}$/);
    expect((await count()) - before).toBe(1);
    const { of } = await scene.stage.balances();
    expect(of.channel).toBeGreaterThan(25_000_000n);
    expect(of.pia + of.channel).toBe(1_000_000_000n);
  });

  test("the pod answers through the ingress, as only both licensed programs can", async () => {
    const { answer, expected } = await usePod(scene.stage, pod);
    expect(answer).toBe(expected);
  });

  test("status, logs and update need no wallet; closing does", async () => {
    const { pia } = scene.stage.roles;
    const wallets = join(pia.directory, "config", "wallets");
    await rename(wallets, `${wallets}-away`);
    try {
      const status = await runApoc(pia, ["pod", "status", "books", "--json"]);
      expect(status.code).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({ podId: pod.podId, pod: { state: "running" } });
      expect((await runApoc(pia, ["pod", "logs", "books", "--tail", "1"])).code).toBe(0);
      expect(await runApoc(pia, ["pod", "update", "books", manifest])).toMatchObject({ code: 0 });
      expect((await runApoc(pia, ["pod", "close", "books", "--yes"])).code).not.toBe(0);
    } finally {
      await rename(`${wallets}-away`, wallets);
    }
    const { answer, expected } = await usePod(scene.stage, pod);
    expect(answer).toBe(expected);
  });

  test("a key that the wallet adds does what its scopes say, until it is revoked", async () => {
    const { stage } = scene;
    const { pia } = stage.roles;
    const client = clientOf(stage);
    const session = await sessionKeyOf(await generateSessionKeyPair(false));
    const say = async (scopes: readonly PodScope[]) => {
      const body = encodePodKeyRequest({ key: session.key, scopes });
      await client.putPodKey(pod, body, await signAs(stage, pia, "keys", pod, { body }));
    };
    const ask = async (action: PodAction) =>
      signAs(stage, pia, action, pod, { signer: sessionRequests(session) });
    await expect(client.getPod(pod, await ask("status"))).rejects.toMatchObject({
      code: admissionErrors.REQUEST_KEY.code,
    });
    await say(["read"]);
    expect((await client.getPod(pod, await ask("status"))).state).toBe("running");
    await expect(client.deletePod(pod, await ask("delete"))).rejects.toMatchObject({
      code: admissionErrors.REQUEST_SCOPE.code,
    });
    await say([]);
    await expect(client.getPod(pod, await ask("status"))).rejects.toMatchObject({
      code: admissionErrors.REQUEST_KEY.code,
    });
  });

  test("no plaintext of a licensed image is in the registry or the provider's folder", async () => {
    const { directory, programs } = scene.stage;
    for (const place of ["registry", "sofia"]) {
      await expect(
        run("grep", ["-rlF", programs.ledger.secret, join(directory, place)]),
      ).rejects.toMatchObject({ code: 1 });
    }
  });

  test("a provider that is killed adopts the running pod when it starts again", async () => {
    const started = await scene.containers(pod);
    await scene.killProvider();
    expect(await usePodFails(scene, pod)).toBe(true);
    await scene.restartProvider();
    const address = JSON.parse(
      (await runApoc(scene.stage.roles.pia, ["pod", "status", "books", "--json"])).stdout,
    ) as { address: string };
    const { answer, expected } = await usePod(scene.stage, { ...pod, address: address.address });
    expect(answer).toBe(expected);
    expect(await scene.containers(pod)).toEqual(started);
  });

  test("all parties are paid independently, developer 2 before developer 1, and the sums are right", async () => {
    await passTime(4);
    const { start, afterProvider, afterBen, afterAda } = await settle(scene.stage, scene.tell);
    const provider = afterProvider.sofia - start.sofia;
    const ben = afterBen.ben - start.ben;
    const ada = afterAda.ada - start.ada;
    expect(provider).toBeGreaterThan(0n);
    expect(ben).toBeGreaterThan(0n);
    // 25 once and 10 % of what the provider claimed; at most one unit is lost to rounding.
    expect(ada).toBe(25_000_000n + provider / 10n);
    expect(afterBen.ada).toBe(start.ada);
    expect(afterAda.channel).toBe(start.channel - provider - ben - ada);
    const supply = (await scene.stage.balances()).supply;
    for (const balances of [start, afterProvider, afterBen, afterAda]) {
      expect(Object.values(balances).reduce((sum, value) => sum + value, 0n)).toBe(supply);
    }
  });

  test("closing ends pod and channel at once: the rest is returned, all dues are covered, nothing remains", async () => {
    const { pia, sofia, ben } = scene.stage.roles;
    const before = (await scene.stage.balances()).of;
    const closed = await runApoc(pia, ["pod", "close", "books", "--yes", "--json"]);
    expect(closed.code).toBe(0);
    const { ended, refunded, state } = JSON.parse(closed.stdout) as Record<string, string>;
    expect({ ended, state }).toEqual({ ended: "termination", state: "closed" });
    const after = (await scene.stage.balances()).of;
    expect(after.pia - before.pia).toBe(BigInt(refunded!));
    expect(BigInt(refunded!)).toBeGreaterThan(0n);
    expect(await scene.containers(pod)).toEqual([]);
    // What stays in the contract is what provider and developers can still take, and less than a unit for each of them.
    const configured = ["--config", scene.stage.provider.configFile];
    await scene.tell.run(sofia, ["provider", "withdraw", "--all", "--yes", ...configured]);
    await scene.tell.run(ben, ["dev", "withdraw", "--all", "--yes"]);
    await scene.tell.run(scene.stage.roles.ada, ["dev", "withdraw", "--all", "--yes"]);
    expect((await scene.stage.balances()).of.channel).toBeLessThan(3n);
    expect(scene.stage.provider.log()).toContain(`channel ${pod.channel} terminated`);
  });

  test("the bot of the client's README deploys the pod, closes it, and gets the rest back", async () => {
    const { pia } = scene.stage.roles;
    const before = (await scene.stage.balances()).of.pia;
    const sent = await scene.transactions(pia.address);
    const { lines, stdout, events, records } = await runReadmeBot(scene, manifest);
    expect(lines).toBeLessThanOrEqual(40);
    const [deployed = "", refunded = ""] = stdout.trim().split("\n");
    expect(deployed).toMatch(/^0x[0-9a-f]{64} running http:/);
    expect(events).toEqual(
      expect.arrayContaining([
        "evidence-appraised",
        "image-pinned",
        "channel-funded",
        "pod-admitted",
        "pod-running",
        "pod-stopped",
        "channel-terminated",
      ]),
    );
    const rest = BigInt(/^refunded (\d+)n$/.exec(refunded)?.[1] ?? "-1");
    expect(rest).toBeGreaterThan(0n);
    expect(records).toMatchObject([{ podId: deployed.split(" ")[0], state: "closed" }]);
    expect((await scene.stage.balances()).of.pia).toBe(before - records[0]!.channels[0]!.deposit + rest);
    expect((await scene.transactions(pia.address)) - sent).toBe(2);
    expect(await scene.containers(records[0]!)).toEqual([]);
  });
});

async function usePodFails(scene: DemoStage, pod: DeployedPod): Promise<boolean> {
  return usePod(scene.stage, pod).then(
    ({ answer, expected }) => answer !== expected,
    () => true,
  );
}
