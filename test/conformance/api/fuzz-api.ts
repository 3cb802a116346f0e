/**
 * Lets schemathesis ask a provider for everything that its OpenAPI document allows, and for what it forbids. Chain,
 * registry, development TEE and the provider's process are those of the demo.
 *
 *   node --conditions=apoc-source test/conformance/api/fuzz-api.ts SCHEMATHESIS [ARGS of `schemathesis run`]
 *
 * The last line is `N passed, N failed`: requests without, and kinds of, findings. Exit status 0 when nothing failed.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { providerRoutes } from "@apoc/core";
import { findEngineSocket } from "@apoc/provider/engine";
import { openRoleAccount, setStage } from "apoc/demo";
import { prepareNames } from "./names.ts";
import { judge, type Report } from "./report.ts";
import { serveSigner } from "./signer.ts";

const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "missing_required_header",
  "unsupported_method",
  "allow_header_conformance",
  "ignored_auth",
];

const [schemathesis, ...options] = process.argv.slice(2);
if (schemathesis === undefined) throw new Error("usage: fuzz-api.ts SCHEMATHESIS [ARGS]");
const directory = await realpath(await mkdtemp(join(tmpdir(), "apoc-api-fuzz-")));
try {
  const { socket } = await findEngineSocket(process.env);
  await using stage = await setStage({ directory, engineSocket: socket });
  const names = join(directory, "names.json");
  await writeFile(names, JSON.stringify(await prepareNames(stage)));
  const signer = await serveSigner(stage, await openRoleAccount(stage.roles.pia));
  const report = join(directory, "report.json");
  try {
    await ask(`${stage.provider.url}/v1/openapi.json`, report, { names, signer: signer.url });
  } finally {
    signer.close();
  }
  const operations = Object.values(providerRoutes)
    .filter(({ path }) => path !== providerRoutes.openApi.path)
    .map(({ method, path }) => `${method} ${path}`);
  const { passed, findings } = judge(JSON.parse(await readFile(report, "utf8")) as Report, operations);
  for (const line of stage.provider
    .log()
    .split("\n")
    .filter((text) => / warn /.test(text)))
    console.log(line);
  for (const finding of findings) console.log(finding);
  console.log(`${passed} passed, ${findings.length} failed`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function ask(
  url: string,
  report: string,
  { names, signer }: { names: string; signer: string },
): Promise<void> {
  const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const args = [
    `--config-file=${beside("schemathesis.toml")}`,
    "run",
    url,
    "--tls-verify=false",
    "--phases=examples,coverage,fuzzing",
    `--checks=${checks.join(",")}`,
    "--continue-on-failure",
    "--request-timeout=60",
    `--report-json-path=${report}`,
    ...options,
  ];
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: beside("hooks.py"),
    PYTHONDONTWRITEBYTECODE: "1",
    APOC_FUZZ_NAMES: names,
    APOC_FUZZ_SIGNER: signer,
  };
  const child = spawn(resolve(schemathesis!), args, { stdio: "inherit", env, cwd: directory });
  await new Promise<void>((done, reject) => {
    child.once("error", reject);
    child.once("exit", () => done());
  });
}
