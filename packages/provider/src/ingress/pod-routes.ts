import type { PodManifest } from "@apoc/core";
import type { ObservedPod } from "../runtime/index.ts";
import type { PodIngress, PodRoute, PodStore } from "../state/index.ts";
import type { PodAddress } from "./pod-address.ts";

/** Where routes are looked up. */
export interface PodRoutesOptions {
  readonly pods: Pick<PodStore, "routeByLabel" | "routeByHost">;
  /** Host names whose subdomains are the provider's to give; lower case. */
  readonly suffixes: readonly string[];
  /** What was last seen of a pod. */
  readonly observed: (id: string) => Pick<ObservedPod, "address"> | undefined;
}

/** States in which a pod is not served. */
const unserved: readonly PodRoute["state"][] = ["suspended", "draining", "failed", "removed"];

/**
 * Where the ingress sends a host name: below a suffix to the pod with that label, any other to the oldest pod that asks
 * for this very host name. Costs the same with few and many pods.
 */
export function createPodRoutes(options: PodRoutesOptions): (hostname: string) => Promise<PodAddress> {
  const { pods, suffixes, observed } = options;
  return async (hostname) => {
    if (suffixes.includes(hostname)) return undefined;
    const suffix = suffixes.find((candidate) => hostname.endsWith(`.${candidate}`));
    const route =
      suffix === undefined
        ? await pods.routeByHost(hostname)
        : await pods.routeByLabel(hostname.slice(0, -suffix.length - 1));
    if (route === undefined || unserved.includes(route.state)) return undefined;
    return observed(route.id)?.address(route.port) ?? "starting";
  };
}

/** What a manifest asks of the ingress, as routes are looked up by it. */
export function ingressOf({ ingress }: PodManifest): PodIngress | undefined {
  if (ingress === undefined) return undefined;
  const { port, host } = ingress;
  return host === undefined ? { port } : { port, host: host.toLowerCase() };
}
