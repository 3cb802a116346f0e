import { type ChannelRecord, findChannel, type PodIdentity, readChannel } from "@apoc/core";
import { type DeployedPod, type Role, runApoc } from "apoc/demo";
import { createPublicClient, type Hex, http } from "viem";
import { expect } from "vitest";
import type { DemoStage } from "./open-stage.ts";
import { statusOf } from "./signed-call.ts";

/** How long a state of the provider is waited for. */
export const patience = { timeout: 45_000, interval: 250 };

/** What both stages do with their people. */
export function actions(scene: DemoStage) {
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
    async state(role: Role, pod: PodIdentity): Promise<string> {
      const { state, reason } = await statusOf(stage, role, pod);
      return reason === undefined ? state : `${state} ${reason.code}`;
    },
  };
}
