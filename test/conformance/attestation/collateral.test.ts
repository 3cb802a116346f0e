import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evidenceDocument, parseQuote } from "@apoc/attestation";
import { serveCollateral } from "@apoc/attestation/testing";
import { toHex } from "@apoc/encoding";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { group } from "apoc";
import { describe, expect, onTestFinished } from "vitest";
import { recordedPcs } from "./recorded-pcs.ts";
import { vectorTest } from "./vector-test.ts";
import { folder } from "./vectors.ts";

const at = "2025-06-20T12:00:00Z";

function openFolder() {
  const dir = mkdtempSync(join(tmpdir(), "apoc-collateral-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const quote = Uint8Array.from(readFileSync(`${folder}tdx/v4-phala/quote.bin`));
  const { body } = parseQuote(quote);
  const evidence = evidenceDocument({
    version: 2,
    kind: "tdx",
    nonce: new Uint8Array(32),
    quote,
    claims: {
      wrappingKey: Uint8Array.of(1),
      hpkeKey: Uint8Array.of(1),
      meterKey: new Uint8Array(33),
      tlsKey: new Uint8Array(),
      chainId: 1n,
      provider: `0x${"5e".repeat(20)}`,
      configurationDigest: new Uint8Array(32),
      nodePolicyDigest: new Uint8Array(32),
    },
  });
  writeFileSync(join(dir, "evidence.json"), JSON.stringify(evidence));
  const rtmrs = body.rtmrs.map((value, index) => `${index}: ["${toHex(value)}"]`).join(", ");
  const policy = (revocation: string) => `apiVersion: apoc.network/trust-policy/v1
name: genuine
revocation: ${revocation}
tdx: { mrTd: ["${toHex(body.mrTd)}"], rtmr: { ${rtmrs} } }
`;
  writeFileSync(join(dir, "trust.yaml"), policy("required"));
  writeFileSync(join(dir, "snapshot.yaml"), policy(`{ snapshot: { takenAt: "${at}", maxAge: 90d } }`));
  const attestation = async (line: string) => {
    const env = { APOC_CONFIG_DIR: join(dir, "config"), APOC_DATA_DIR: join(dir, "data") };
    const fake = fakeIo({ cwd: dir, env });
    const code = await runCli(
      { name: "apoc", version: "0" },
      group,
      ["attestation", ...line.split(" ")],
      fake.io,
    );
    return { code, out: fake.out(), err: fake.err() };
  };
  const failed = async (line: string) => {
    const { out } = await attestation(`verify evidence.json --json ${line}`);
    const { submods } = JSON.parse(out) as {
      submods: { tdx: { "apoc.result": { checks: { name: string; verdict: string }[] } } };
    };
    const { checks } = submods.tdx["apoc.result"];
    return checks.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
  };
  return { dir, attestation, failed };
}

// The quote is genuine, but nobody asked it to bind a nonce of ours.
const bound = ["WRAPPING_KEY", "HPKE_KEY", "METER_KEY", "REPORT_DATA"];

const needed = ["tdx/v4-phala", "tdx/collateral/phala-2025-06.json"];

describe("collateral for offline use", () => {
  vectorTest("is fetched once, and then used to verify offline until it expires", needed, async () => {
    const { dir, attestation, failed } = openFolder();
    const { service, fmspc } = recordedPcs("phala-2025-06");
    const server = await serveCollateral(service);
    const from = `--pcs ${server.url}/ --root-crl ${server.url}/root.der --at ${at}`;
    const fetched = await attestation(`collateral evidence.json --collateral taken ${from}`);
    expect(fetched).toMatchObject({ code: 0, out: `2025-07-19T10:00:35Z  ${join(dir, "taken")}\n` });
    expect(new Set(server.requests)).toEqual(new Set(Object.keys(service)));

    const { out: explained } = await attestation(`explain evidence.json --collateral taken --at ${at}`);
    expect(explained).toMatch(new RegExp(`quote\\.fmspc +${fmspc}, platform CA`));
    const again = await attestation(`collateral --fmspc ${fmspc.toUpperCase()} --collateral taken ${from}`);
    expect(again).toMatchObject({ code: 0, out: fetched.out });
    expect(server.requests).toHaveLength(8);
    await server.stop();

    const offline = "--offline --collateral taken";
    const listed = await attestation(`collateral evidence.json ${offline} --at ${at} --json`);
    expect(listed.code).toBe(0);
    expect(JSON.parse(listed.out)).toMatchObject({
      folder: join(dir, "taken"),
      until: "2025-07-19T10:00:35Z",
      items: [{}, {}, { name: `TCB info of ${fmspc}`, until: "2025-07-19T10:16:03Z" }, {}],
    });
    expect(await failed(`--policy trust.yaml ${offline} --at ${at}`)).toEqual(bound);
    expect(await failed(`--policy snapshot.yaml ${offline} --at 2025-09-01`)).toEqual(bound);
    for (const command of ["collateral evidence.json", "verify evidence.json --policy trust.yaml"]) {
      const late = await attestation(`${command} ${offline} --at 2025-09-01`);
      expect(late).toMatchObject({ code: 3, out: "", err: expect.stringContaining("APOC-3403") });
    }
  });

  vectorTest(
    "is missing when a service does not have it, and nothing old is passed off as new",
    needed,
    async () => {
      const { dir, attestation } = openFolder();
      const { service } = recordedPcs("phala-2025-06");
      const server = await serveCollateral({
        ...service,
        "/root.der": [{ ...(service["/root.der"] as object) }, { status: 404 }],
      });
      const from = `--pcs ${server.url} --root-crl ${server.url}/root.der --at ${at}`;
      expect((await attestation(`collateral evidence.json ${from}`)).code).toBe(0);
      expect(readdirSync(join(dir, "data/collateral/intel")).sort()).toEqual(["sgx", "tdx"]);
      const second = await attestation(`collateral evidence.json ${from}`);
      expect(second).toMatchObject({ code: 2, out: "", err: expect.stringContaining("APOC-3405") });
      const elsewhere = await attestation(`collateral evidence.json --collateral empty --offline --at ${at}`);
      expect(elsewhere).toMatchObject({ code: 2, out: "", err: expect.stringContaining("APOC-3404") });
      const other = await attestation(`collateral --fmspc 000000000000 ${from}`);
      expect(other).toMatchObject({ code: 2, err: expect.stringContaining("APOC-3405") });
    },
  );
});
