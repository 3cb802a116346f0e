import { access, constants, mkdir } from "node:fs/promises";
import { surveyChain } from "@apoc/core";
import { toHex } from "@apoc/encoding";
import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { readWallet } from "@apoc/terminal/wallet";
import { type Address, zeroAddress } from "viem";
import { createSources, firstAnswer } from "../admission/index.ts";
import { configurationDigest, type ProviderConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";
import { findEngineSocket, probeEngine } from "../runtime/engine/index.ts";
import { checkOwnEvidence, createProviderKeys, createTlsIdentity, openAttester } from "../tee/index.ts";
import { readConfig } from "./read-config.ts";

interface Finding {
  readonly check: string;
  readonly verdict: "PASS" | "FAIL";
  readonly detail: string;
  readonly error?: ErrorDocument;
}

interface Input {
  readonly options: { readonly config: string };
}

/** Runs `apoc provider check`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const findings: Finding[] = [{ check: "config", verdict: "PASS", detail: options.config }];
  const check = async (name: string, work: () => Promise<string>) => {
    findings.push(await finding(name, work));
  };
  let wallet: Address | undefined;
  await check("data", async () => {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    await access(config.dataDir, constants.W_OK);
    return config.dataDir;
  });
  await check("wallet", async () => {
    const { name, address } = await readWallet(ctx, ctx.flags.wallet ?? config.wallet);
    wallet = address;
    return `${name} ${address ?? "(address hidden in the file)"}`;
  });
  await check("tee", () => checkTee(config, wallet));
  await check("engine", async () => {
    const { name, version, socket } =
      config.engine.socket === undefined
        ? await findEngineSocket(ctx.env)
        : await probeEngine(config.engine.socket);
    return `${name} ${version} at ${socket}`;
  });
  await checkChain(config, wallet, check);
  const failed = findings.filter(({ verdict }) => verdict === "FAIL").length;
  ctx.output.result({ findings, failed }, findings.map(render).join("\n"));
  return failed === 0 ? undefined : "verification";
}

async function checkTee(config: ProviderConfig, wallet: Address | undefined): Promise<string> {
  const attester = openAttester(config);
  const binding = {
    configurationDigest: configurationDigest(config),
    chainId: config.chain.id,
    provider: wallet ?? zeroAddress,
  };
  const keys = await createProviderKeys(attester, binding);
  const tls = await createTlsIdentity([config.listen.host]);
  await checkOwnEvidence(attester, { ...binding, keys, tlsKey: tls.spki });
  const kind = attester.development
    ? "DEVELOPMENT, "
    : attester.keyLifetime === "process"
      ? "key ends with the process, "
      : "";
  return `${kind}evidence self-check passed, key ${keys.wrapping.keyId.slice(0, 16)}, configuration ${toHex(binding.configurationDigest).slice(0, 16)}`;
}

async function checkChain(
  { chain, policy }: ProviderConfig,
  wallet: Address | undefined,
  check: (name: string, work: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const sources = createSources(chain.rpc);
  for (const { name, client } of sources) {
    await check(name, async () => {
      const id = await client.getChainId();
      if (id !== chain.id) {
        throw new ApocError(providerErrors.CONFIG_INVALID, {
          field: "chain.id",
          expected: String(chain.id),
          actual: String(id),
        });
      }
      return `eip155:${id}, block ${await client.getBlockNumber()}`;
    });
  }
  await check("chain", async () => {
    const view = await surveyChain(
      sources,
      { ...policy, silentSources: "refuse" },
      Math.floor(Date.now() / 1000),
    );
    if (view.kind !== "fresh") throw view.reason;
    return `recent, ${sources.length} agree on block ${view.confirmed.number}`;
  });
  const contracts = { paymentChannel: chain.paymentChannel, marketplace: chain.marketplace };
  for (const [name, address] of [
    ...Object.entries(contracts),
    ...chain.tokens.map((t) => ["token", t] as const),
  ]) {
    await check(name, async () => {
      const code = await firstAnswer(sources, (client) => client.getCode({ address }));
      if (code === undefined || code === "0x") throw new Error(`no contract at ${address}`);
      return `${address}, ${code.length / 2 - 1} bytes of code`;
    });
  }
  await check("fees", async () => {
    if (wallet === undefined) return "address unknown, not looked at";
    const balance = await firstAnswer(sources, (client) => client.getBalance({ address: wallet }));
    if (balance === 0n) throw new Error(`${wallet} has nothing to pay network fees with`);
    return `${balance} wei for network fees`;
  });
}

async function finding(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, verdict: "PASS", detail: await work() };
  } catch (error) {
    if (!isApocError(error)) {
      const detail = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      return { check, verdict: "FAIL", detail };
    }
    return { check, verdict: "FAIL", detail: `${error.code} ${error.message}`, error: error.toJSON() };
  }
}

function render({ check, verdict, detail }: Finding): string {
  return `${verdict}  ${check.padEnd(16)} ${detail}`;
}
