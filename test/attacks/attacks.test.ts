import { readFile, writeFile } from "node:fs/promises";
import {
  attestAndGrant,
  deployPod,
  forgeExtraLayer,
  leaveDeveloperOut,
  openRoleAccount,
  providerKeyOf,
  publishImages,
  pushOwnImage,
  runApoc,
  usePod,
  writeManifest,
} from "apoc/demo";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DemoStage, openStage } from "../e2e/open-stage.ts";
import { copyWithout, serveStolen } from "./strip-license.ts";

let scene: DemoStage;
let images: { ledger: string; reader: string; web: string };
let manifest: string;

beforeAll(async () => {
  scene = await openStage();
  const licensed = await publishImages(scene.stage, scene.tell);
  await attestAndGrant(scene.stage, scene.tell, licensed);
  images = { ...licensed, web: await pushOwnImage(scene.stage) };
  manifest = await writeManifest(scene.stage, images);
});
afterAll(() => scene?.close());

const quote = (file: string) =>
  runApoc(scene.stage.roles.pia, ["pod", "quote", file, "--provider", scene.stage.provider.url]);

test("the unchanged pod passes every check that can run before payment", async () => {
  expect((await quote(manifest)).code).toBe(0);
});

test("an extra layer under the developer's license and the genuine grant is refused by check 5", async () => {
  const ledger = await forgeExtraLayer(images.ledger, await providerKeyOf(scene.stage));
  const { code, stdout, stderr } = await quote(await writeManifest(scene.stage, { ...images, ledger }));
  await writeManifest(scene.stage, images);
  expect(code).toBe(6);
  expect(stdout + stderr).toContain("APOC-6505");
});

test("a channel that leaves the developers out is refused by check 6", async () => {
  const refusal = await leaveDeveloperOut(
    scene.stage,
    await readFile(manifest, "utf8"),
    await openRoleAccount(scene.stage.roles.pia),
  );
  expect(refusal.code).toBe("APOC-6602");
});

test("a changed entrypoint is refused by check 8, for a quote and for a running pod, which runs on", async () => {
  const command = { ledgerCommand: ["/bin/busybox", "cat", "/app/secret"] };
  const asked = await quote(await writeManifest(scene.stage, images, command));
  expect(asked.code).toBe(6);
  expect(asked.stdout + asked.stderr).toContain("APOC-6801");
  const pod = await deployPod(scene.stage, scene.tell, manifest);
  const before = await scene.containers(pod);
  const updated = await runApoc(scene.stage.roles.pia, [
    "pod",
    "update",
    "books",
    await writeManifest(scene.stage, images, command),
  ]);
  expect(updated.code).toBe(6);
  expect(updated.stderr).toContain("APOC-6801");
  expect(await scene.containers(pod)).toEqual(before);
  const { answer, expected } = await usePod(scene.stage, pod);
  expect(answer).toBe(expected);
});

test("a licensed image under the publisher's own name, without its license, is refused by check 4", async () => {
  const ledger = await copyWithout(images.ledger);
  const { code, stdout, stderr } = await quote(await writeManifest(scene.stage, { ...images, ledger }));
  await writeManifest(scene.stage, images);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("APOC-6401");
});

test("an image that names a licensed one's diffIDs over other bytes is refused by check 9, even when it is paid for", async () => {
  const stolen = await serveStolen(images.ledger);
  const books = await writeManifest(scene.stage, { ...images, web: stolen.reference });
  const file = books.replace(/[^/]*$/, "theft.yaml");
  await writeFile(file, (await readFile(books, "utf8")).replace("name: books", "name: theft"));
  try {
    expect((await quote(file)).code).toBe(0);
    const { pia } = scene.stage.roles;
    const limits = ["--for", "1h", "--yes", "--max-total", "60"];
    const paid = await runApoc(pia, [
      "pod",
      "deploy",
      file,
      "--provider",
      scene.stage.provider.url,
      ...limits,
    ]);
    expect(paid.code).toBe(6);
    expect(paid.stdout + paid.stderr).toContain("APOC-6901");
  } finally {
    await stolen.close();
    await writeManifest(scene.stage, images);
  }
});
