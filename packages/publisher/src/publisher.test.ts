import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { beforeEach, expect, test } from "vitest";
import { group } from "./index.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-pod-"));
  return () => rm(dir, { recursive: true });
});

async function pod(...argv: string[]) {
  const env = { APOC_CONFIG_DIR: join(dir, "config"), APOC_DATA_DIR: join(dir, "data") };
  const fake = fakeIo({ cwd: dir, env });
  const code = await runCli({ name: "apoc-pod", version: "0" }, group, argv, fake.io);
  return { code, out: fake.out(), error: /APOC-\d{4}/.exec(fake.err())?.[0], err: fake.err() };
}

const https = "https://p.example";

test.each([
  [["deploy", "pod.yaml"], 2, "APOC-9001"],
  [["deploy", "no.yaml", "--provider", https], 2, "APOC-9005"],
  [["deploy", "pod.yaml", "--provider", https, "--for", "long"], 2, "APOC-9001"],
  [["deploy", "pod.yaml", "--provider", https, "--secret", "web/token=secret"], 2, "APOC-9203"],
  [["deploy", "pod.yaml", "--provider", https, "--secret", "web/token=@nofile"], 2, "APOC-9005"],
  [["quote", "pod.yaml"], 2, "APOC-9001"],
  [["quote", "pod.yaml", "--provider", https], 2, "APOC-9004"],
  [["validate", "bad.yaml"], 2, "APOC-5203"],
  [["status", "books"], 2, "APOC-9220"],
  [["logs", "books", "--tail", "some"], 2, "APOC-9001"],
  [["logs", "books"], 2, "APOC-9220"],
  [["fund", "books"], 2, "APOC-9001"],
  [["fund", "books", "1"], 2, "APOC-9220"],
  [["update", "books", "pod.yaml"], 2, "APOC-9220"],
  [["close", "0x12"], 2, "APOC-9220"],
  [["delpoy"], 2, "APOC-9002"],
])("%j ends with %i %s and prints no result", async (argv, code, error) => {
  await pod("init");
  await writeFile(
    join(dir, "bad.yaml"),
    "kind: Pod\nspec: { hostNetwork: true, containers: [{ name: a, image: r.example/a }] }\n",
  );
  expect(await pod(...argv)).toMatchObject({ code, out: "", error });
});

test("a secret on the command line is refused without being repeated", async () => {
  await pod("init");
  const { err } = await pod("validate", "pod.yaml", "--secret", "web/token=hunter2");
  expect(err).toContain("APOC-9203");
  expect(err).not.toContain("hunter2");
});

test("the sample is a valid manifest, is not overwritten, and may go to standard output", async () => {
  expect(await pod("init", "-o", "my.yaml")).toMatchObject({ code: 0, out: `${join(dir, "my.yaml")}\n` });
  expect(await pod("init", "-o", "my.yaml")).toMatchObject({ code: 2, error: "APOC-9233" });
  expect((await pod("init", "-o", "-")).out).toBe(await readFile(join(dir, "my.yaml"), "utf8"));
  const { code, out } = await pod("validate", "my.yaml", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    manifest: { name: "books", ingress: { container: "web", port: 8080 } },
    secrets: ["web/token"],
  });
});

test("a manifest without a name takes that of its file", async () => {
  await writeFile(
    join(dir, "My Pod.yaml"),
    "kind: Pod\nspec: { containers: [{ name: a, image: r.example/a }] }\n",
  );
  expect(JSON.parse((await pod("validate", "My Pod.yaml", "--json")).out)).toMatchObject({
    manifest: { name: "my-pod" },
  });
});

test("an empty list says nothing", async () => {
  expect(await pod("list")).toMatchObject({ code: 0, out: "", err: "" });
});
