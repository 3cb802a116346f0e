import { toBase64 } from "@apoc/encoding";
import { encodePodRequest, type PodStatus, sealSecrets } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import type { DeployBase, PaidDeployment } from "./pay.ts";
import { authorize } from "../provider/signed-request.ts";
import { type ProvisionContext, putPod, waitUntilRunning } from "./provision.ts";
import type { Deployment } from "./record.ts";
import { openDeployments } from "./store.ts";

/** A pod that the provider has taken. */
export interface RunningPod {
  readonly deployment: Deployment;
  readonly status: PodStatus;
}

/** Hands a paid pod to its provider and waits until it runs. What fails leaves the channel as it is, and says so. */
export async function run(
  { ctx, chain, wallet, wish }: DeployBase,
  { deployment, provider }: PaidDeployment,
  wait: boolean,
): Promise<RunningPod> {
  const store = openDeployments(ctx.config.dataDirectory);
  const { id, terms, manifest } = deployment;
  const sealed =
    wish.pod.secrets.size === 0
      ? {}
      : { secrets: await sealSecrets(wish.pod.secrets, id, provider.wrappingKey) };
  const body = encodePodRequest({ version: 1, channel: terms, manifest, grants: [], ...sealed });
  const context = { chain, account: wallet.account, client: provider.client, signal: ctx.signal };
  const accepted =
    (await underWay(context, deployment)) ??
    (await putPod(context, deployment, "deploy", body).catch((error: unknown) => {
      throw withWayOut(error, deployment.name);
    }));
  const taken: Deployment = {
    ...deployment,
    state: "deployed",
    tlsKey: toBase64(provider.tlsKey),
    wrappingKey: toBase64(provider.wrappingKey),
    ...(accepted.address === undefined ? {} : { address: accepted.address }),
  };
  await store.save(taken);
  ctx.ui.step("Admitted", `by ${new URL(provider.url).host}`);
  if (!wait) return { deployment: taken, status: accepted };
  const started = Date.now();
  const status = await waitUntilRunning(context, taken, accepted);
  ctx.ui.step("Running", `${Math.round((Date.now() - started) / 1000)} s`);
  const final: Deployment = status.address === undefined ? taken : { ...taken, address: status.address };
  await store.save(final);
  return { deployment: final, status };
}

/** A pod that the provider took before and that is not lost: then there is only its start to wait for. */
async function underWay(
  context: ProvisionContext,
  { id, state, terms }: Deployment,
): Promise<PodStatus | undefined> {
  if (state !== "deployed") return undefined;
  const { chain, account, client } = context;
  const target = { pod: id, provider: terms.header.provider };
  try {
    const status = await client.getPod(id, await authorize(chain, account, "status", target));
    return ["accepted", "preparing", "running", "degraded"].includes(status.state) ? status : undefined;
  } catch (error) {
    if (isApocError(error) && error.descriptor.kind === "refused") return undefined;
    throw error;
  }
}

/** The provider's refusal as it is, with what happens to the money. */
function withWayOut(error: unknown, name: string): unknown {
  if (!isApocError(error)) return error;
  const funds = "The funds stay in your channel: deploy again to resume, or close it to get them back.";
  return new ApocError(error.descriptor, {
    field: error.field,
    expected: error.expected,
    actual: error.actual,
    detail: error.detail === undefined ? funds : `${error.detail}\n${funds}`,
    next: { action: "close-pod", subject: name },
    cause: error,
  });
}
