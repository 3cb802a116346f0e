import { toBase64 } from "@apoc/encoding";
import { encodePodRequest, type PodSecrets, type PodStatus, sealSecrets } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import type { AttestedProvider } from "../attestation/attest-provider.ts";
import type { ClientPorts } from "../ports.ts";
import { type PodRequests, podRequests } from "./pod-requests.ts";
import { putPod, waitUntilRunning, withDetail } from "./provision.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** What handing over a pod needs. */
export type RunPorts = Pick<ClientPorts, "chain" | "sessions" | "records" | "clock" | "signal" | "onEvent">;

/** A pod that the provider has taken. */
export interface RunningPod {
  readonly deployment: Deployment;
  readonly status: PodStatus;
}

/** What is handed to a provider. */
export interface PodHandover {
  readonly deployment: Deployment;
  readonly provider: AttestedProvider;
  readonly secrets: PodSecrets;
  readonly action: "deploy" | "update";
}

/**
 * Hands a paid pod to its provider, records that, and waits until it runs where `wait` is true. What fails leaves the
 * channel as it is, and says so. Throws what the provider answers, and POD_FAILED.
 */
export async function runPod(
  ports: RunPorts,
  { deployment, provider, secrets, action }: PodHandover,
  wait: boolean,
): Promise<RunningPod> {
  const { clock, onEvent, records } = ports;
  const { name, manifest } = deployment;
  const { terms } = payingChannel(deployment);
  const requests = podRequests(ports, provider.client, deployment);
  const sealed =
    secrets.size === 0 ? {} : { secrets: await sealSecrets(secrets, deployment, provider.wrappingKey) };
  const body = encodePodRequest({ version: 2, channel: terms, manifest, grants: [], ...sealed });
  const accepted =
    (action === "deploy" ? await findUnderWay(requests, deployment) : undefined) ??
    (await putPod(ports, requests, action, body).catch((error: unknown) => {
      throw action === "deploy" ? withFundsNote(error, name) : error;
    }));
  const taken: Deployment = {
    ...deployment,
    state: "deployed",
    tlsKey: toBase64(provider.tlsKey),
    wrappingKey: toBase64(provider.wrappingKey),
    ...(accepted.address === undefined ? {} : { address: accepted.address }),
  };
  await records.save(taken);
  onEvent({ type: "pod-admitted", provider: provider.url });
  if (!wait) return { deployment: taken, status: accepted };
  const started = clock.now().getTime();
  const status = await waitUntilRunning(ports, requests, name, accepted);
  onEvent({ type: "pod-running", milliseconds: clock.now().getTime() - started });
  if (status.address === undefined) return { deployment: taken, status };
  const reachable = { ...taken, address: status.address };
  await records.save(reachable);
  return { deployment: reachable, status };
}

/** A pod that the provider took before and that is not lost: then there is only its start to wait for. */
async function findUnderWay(requests: PodRequests, { state }: Deployment): Promise<PodStatus | undefined> {
  if (state !== "deployed") return undefined;
  try {
    const status = await requests.status();
    return ["accepted", "preparing", "running", "degraded"].includes(status.state) ? status : undefined;
  } catch (error) {
    if (isApocError(error) && error.descriptor.kind === "refused") return undefined;
    throw error;
  }
}

/** The provider's refusal as it is, with what happens to the money. */
function withFundsNote(error: unknown, name: string): unknown {
  if (!isApocError(error)) return error;
  const detail = "The funds stay in your channel: deploy again to resume, or close it to get them back.";
  return withDetail(error, detail, { action: "close-pod", subject: name });
}
