import type { ObservedPod } from "../runtime/index.ts";
import type { PodAddress } from "../ingress/index.ts";
import { parsePodRequest } from "@apoc/core";
import type { ProviderConfig } from "../config/index.ts";
import type { State } from "../state/index.ts";

type IngressConfig = NonNullable<ProviderConfig["ingress"]>;

/** URL of a pod as seen from outside: its label below the ingress's suffix, or below the host of `ingress.url`. */
export function podUrl(label: string, ingress: IngressConfig, port: number): string {
  if (ingress.url === undefined) return `http://${label}.${ingress.suffix}:${port}`;
  const url = new URL(ingress.url);
  url.hostname = `${label}.${url.hostname}`;
  return url.href.replace(/\/$/, "");
}

/**
 * Where the ingress sends a host name: to the pod whose label it begins with, or to the oldest pod that asks for this
 * very host name. Names below the suffix are the provider's to give.
 */
export function podLookup(
  pods: Pick<State["pods"], "live">,
  suffixes: readonly string[],
  observed: (id: string) => ObservedPod | undefined,
): (hostname: string) => Promise<PodAddress> {
  return async (hostname) => {
    const suffix = suffixes.find((candidate) => hostname.endsWith(`.${candidate}`));
    const label = suffix === undefined ? undefined : hostname.slice(0, -suffix.length - 1);
    for (const pod of await pods.live()) {
      if (label !== undefined && pod.label !== label) continue;
      const { ingress } = parsePodRequest(pod.request).manifest;
      if (ingress === undefined || (label === undefined && ingress.host?.toLowerCase() !== hostname))
        continue;
      if (pod.state === "suspended" || pod.state === "draining" || pod.state === "failed") return undefined;
      return observed(pod.id)?.address(ingress.port) ?? "starting";
    }
    return undefined;
  };
}
