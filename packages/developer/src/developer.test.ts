import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { beforeEach, expect, test } from "vitest";
import { group } from "./index.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-dev-"));
  return () => rm(dir, { recursive: true });
});

async function dev(...argv: string[]) {
  const env = { APOC_CONFIG_DIR: join(dir, "config"), APOC_DATA_DIR: join(dir, "data") };
  const fake = fakeIo({ cwd: dir, env });
  const code = await runCli({ name: "apoc-dev", version: "0" }, group, argv, fake.io);
  return { code, out: fake.out(), error: /APOC-\d{4}/.exec(fake.err())?.[0] };
}

const zero = `sha256:${"00".repeat(32)}`;

test.each([
  [["publish", "app.tar", "--to", "r.example/a:1"], 2, "APOC-9001"],
  [["publish", "app.tar", "--to", "app", "--license", "l.yaml"], 2, "APOC-1002"],
  [["publish", "app.tar", "--to", `r.example/a@${zero}`, "--license", "l.yaml"], 2, "APOC-9104"],
  [["publish", "./no.tar", "--to", "r.example/a:1", "--license", "l.yaml"], 2, "APOC-1045"],
  [["publish", "x", "--to", "r.example/a:1", "--license", "l", "--platform", "linux"], 2, "APOC-9001"],
  [["publish", "x", "--to", "r.example/a:1", "--license", "l", "--recipient", "k.pem"], 2, "APOC-9105"],
  [["publish", "x", "--to", "r.example/a:1", "--license", "l", "--recipient", "jwe:k.pem"], 2, "APOC-9105"],
  [["attest"], 2, "APOC-9001"],
  [["attest", "https://p.example", "--max-age", "soon"], 2, "APOC-9001"],
  [["grant", "r.example/a:1"], 2, "APOC-9001"],
  [["revoke", "r.example/a:1"], 2, "APOC-9001"],
  [["revoke", "r.example/a:1", "--all", "--provider", "0x00"], 2, "APOC-9001"],
  [["key", "export", zero, "--out", "k.pem"], 4, "APOC-9110"],
  [["key", "export", zero], 2, "APOC-9001"],
  [["earnings"], 2, "APOC-9004"],
  [["withdraw"], 2, "APOC-9001"],
  [["withdraw", "--all", "--to", "0x12"], 2, "APOC-9001"],
  [["nonsense"], 2, "APOC-9002"],
])("%j ends with %i %s and prints no result", async (argv, code, error) => {
  expect(await dev(...argv)).toEqual({ code, out: "", error });
});

test("lists are empty without a word on standard error", async () => {
  for (const argv of [["list"], ["key", "list"]]) {
    expect(await dev(...argv)).toEqual({ code: 0, out: "", error: undefined });
    expect((await dev(...argv, "--json")).out).toBe("[]\n");
  }
});

test("an attestation needs a policy of the user's, and TLS", async () => {
  const config = join(dir, "config.d");
  expect((await dev("attest", "https://127.0.0.1:9", "--config-dir", config)).error).toBe("APOC-9004");
  await mkdir(config);
  await writeFile(
    join(config, "config.yaml"),
    "networks: { local: { chain: 'eip155:31337', rpc: ['http://127.0.0.1:9'] } }\n",
  );
  expect(await dev("attest", "https://127.0.0.1:9", "--config-dir", config)).toMatchObject({
    code: 2,
    error: "APOC-9080",
  });
  expect(await dev("attest", "http://p.example", "--config-dir", config)).toMatchObject({
    code: 2,
    error: "APOC-9081",
  });
});
