import type { ProviderConfig } from "../config/index.ts";

type IngressConfig = NonNullable<ProviderConfig["ingress"]>;

/** Where pods are reached, as seen from outside. */
export interface PodUrls {
  /** URL of the ingress. */
  readonly base: string;
  /** URL of the pod with this label. */
  of(label: string): string;
}

/** URLs below `ingress.url`, or else below the suffix at the port that the ingress listens on by then. */
export function createPodUrls({ suffix, url }: IngressConfig, port: () => number): PodUrls {
  return {
    get base() {
      return url ?? `http://${suffix}:${port()}`;
    },
    of(label) {
      if (url === undefined) return `http://${label}.${suffix}:${port()}`;
      const pod = new URL(url);
      pod.hostname = `${label}.${pod.hostname}`;
      return pod.href.replace(/\/$/, "");
    },
  };
}

/** Host names whose subdomains are this provider's to give: the suffix, and the host of the outside URL. */
export function podSuffixes({ suffix, url }: IngressConfig): string[] {
  return url === undefined ? [suffix] : [...new Set([suffix, new URL(url).hostname])];
}
