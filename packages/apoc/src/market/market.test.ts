import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestToBytes32, marketplaceAbi } from "@apoc/core";
import { type Anvil, deployContracts, startAnvil } from "@apoc/devnet/chain";
import { buildImage } from "@apoc/devnet/images";
import { serveRegistry } from "@apoc/devnet/registry";
import type { Digest } from "@apoc/oci";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { createTestClient, http, publicActions } from "viem";
import { privateKeyToAccount, generatePrivateKey } from "viem/accounts";
import { beforeAll, expect, test } from "vitest";
import { group } from "../index.ts";

let dir = "";
let anvil: Anvil;
let registry = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-market-"));
  await writeFile(join(dir, "password"), "pass\n");
  anvil = await startAnvil();
  const served = await serveRegistry({ dir: join(dir, "registry"), listen: { host: "127.0.0.1", port: 0 } });
  registry = served.host;
  return async () => {
    await anvil.close();
    await served.close();
    await rm(dir, { recursive: true });
  };
}, 60_000);

const env = () => ({
  APOC_CONFIG_DIR: join(dir, "config"),
  APOC_DATA_DIR: join(dir, "data"),
  APOC_KEYSTORE_SCRYPT_N: "4096",
  APOC_PASSWORD_FILE: join(dir, "password"),
});

/** Runs a command line as a user of this folder; words with spaces are arguments of their own. */
async function apoc(line: string, ...more: string[]) {
  const fake = fakeIo({ cwd: dir, env: env() });
  const code = await runCli({ name: "apoc", version: "0" }, group, [...line.split(" "), ...more], fake.io);
  return {
    code,
    out: fake.out(),
    error: /APOC-\d{4}/.exec(fake.err())?.[0],
    err: fake.err(),
    json: () => JSON.parse(fake.out()) as Record<string, unknown>[],
  };
}

test("an app and a provider are registered, listed back, revised, sponsored and retired; offers are revoked", async () => {
  await apoc("wallet new ada");
  const ada = (await apoc("wallet address")).out.trim() as `0x${string}`;
  const deployer = privateKeyToAccount(generatePrivateKey());
  const client = createTestClient({ mode: "anvil", transport: http(anvil.url) }).extend(publicActions);
  for (const address of [ada, deployer.address]) await client.setBalance({ address, value: 10n ** 20n });
  const mint = [{ to: ada, amount: 100_000_000n }];
  const contracts = await deployContracts({ rpcUrl: anvil.url, deployer, mint });
  await apoc(`chain add local --chain eip155:31337 --rpc ${anvil.url}`);
  expect((await apoc("market apps")).out).toBe("");

  // An app of one published image.
  const layout = join(dir, "layout");
  const files = [{ path: "/bin/ledger", content: "program", mode: 0o755 }];
  await buildImage({ files, config: { entrypoint: ["/bin/ledger"] } }, layout);
  await writeFile(join(dir, "license.yaml"), "offers:\n  - oneTime: 1\npolicy: {}\n");
  const published = await apoc(
    `dev publish ${layout} --to ${registry}/ada/ledger:1 --license license.yaml --yes`,
  );
  expect(published).toMatchObject({ code: 0 });
  const reference = published.out.trim();
  const register = `dev register ${registry}/ada/ledger:1 --name Ledger --yes`;
  expect(await apoc(register, "--summary", "Keeps books.")).toMatchObject({ code: 0, out: "1\n" });
  expect(await apoc(register, "--summary", "bad\u001b[2J")).toMatchObject({ code: 2, error: "APOC-4101" });
  const [listed] = (await apoc("market apps --json")).json();
  expect(listed).toMatchObject({
    listing: "1",
    kind: "app",
    owner: ada,
    revision: 1,
    sponsoredPerDay: null,
    problem: null,
    body: { name: "Ledger", summary: "Keeps books.", images: [{ reference }] },
  });

  // A provider; the same listing cannot become an app.
  await apoc("provider init");
  const config = (await readFile(join(dir, "provider.yaml"), "utf8"))
    .replace("http://127.0.0.1:8545", anvil.url)
    .replace("wallet: provider", "wallet: ada");
  await writeFile(join(dir, "provider.yaml"), config);
  const provide = "provider register --name Sofia --url https://sofia.example --yes";
  expect(await apoc(provide, "--summary", "Two racks")).toMatchObject({ code: 0, out: "2\n" });
  expect((await apoc("market providers")).out).toBe(`2\tSofia\tTwo racks\thttps://sofia.example\t${ada}\t\n`);
  expect(await apoc(`${register} --listing 2`, "--summary", "x")).toMatchObject({
    code: 2,
    error: "APOC-4104",
  });
  expect(await apoc(`${register} --listing 9`, "--summary", "x")).toMatchObject({
    code: 2,
    error: "APOC-4104",
  });

  // A second app, a revision of the first, and sponsoring: shown apart, first and labelled.
  expect(await apoc(register, "--summary", "Another")).toMatchObject({ code: 0, out: "3\n" });
  expect(await apoc(`${register} --listing 1`, "--summary", "Better")).toMatchObject({ code: 0, out: "1\n" });
  expect(await apoc("market sponsor 3 --per-day 1 --add 1000 --yes")).toMatchObject({ code: 5, out: "" });
  const bid = "market sponsor 3 --per-day 1.5 --add 45 --yes --json";
  const sponsored = (await apoc(bid)).json() as unknown as { end: string; amount: string };
  expect(sponsored.amount).toBe("45000000");
  expect(Number(sponsored.end) - Date.now() / 1000).toBeGreaterThan(29.9 * 86_400);
  const rows = (await apoc("market apps --json")).json();
  expect(rows.map(({ listing, revision, sponsoredPerDay }) => [listing, revision, sponsoredPerDay])).toEqual([
    ["3", 1, "1.500000 tUSD"],
    ["1", 2, null],
    ["3", 1, null],
  ]);
  expect((await apoc("market apps")).out.split("\n")[0]).toMatch(/\tSPONSORED 1\.500000 tUSD a day$/);

  const back = (await apoc("market unsponsor 3 --yes --json")).json() as unknown as { refund: string };
  expect(Number(back.refund)).toBeGreaterThan(44_900_000);
  expect(await apoc("market unsponsor 3 --yes")).toMatchObject({ code: 6, error: "APOC-9042" });
  expect(await apoc("market retire 3 --yes")).toMatchObject({ code: 0 });
  expect((await apoc("market apps --json")).json()).toHaveLength(1);

  expect((await apoc(`dev show ${registry}/ada/ledger:1 --json`)).json()).toMatchObject({ offersEnd: null });

  // Offers end soon, and cannot be given back.
  const revoke = `dev revoke ${registry}/ada/ledger:1 --offers --yes --json`;
  const revoked = (await apoc(revoke)).json() as unknown as { offersEnd: string };
  const digest = reference.slice(reference.indexOf("@") + 1) as Digest;
  const end = await client.readContract({
    address: contracts.marketplace,
    abi: marketplaceAbi,
    functionName: "offersEnd",
    args: [ada, digestToBytes32(digest)],
  });
  expect(end).toBe(BigInt(revoked.offersEnd));
  expect(Number(end) - Date.now() / 1000).toBeLessThan(300);
  expect((await apoc(`dev show ${registry}/ada/ledger:1 --json`)).json()).toMatchObject({
    offersEnd: new Date(Number(end) * 1000).toISOString(),
  });
  expect(await apoc(revoke)).toMatchObject({ code: 6, error: "APOC-9042", out: "" });
  expect(await apoc(`${revoke} --all`)).toMatchObject({ code: 2, error: "APOC-9001" });
}, 120_000);

test.each(["0", "-1", "1.5", "x", "99999999999999999999"])("%s is no listing", async (text) => {
  expect(await apoc(`market retire ${text}`)).toMatchObject({ code: 2, error: "APOC-9001" });
});
