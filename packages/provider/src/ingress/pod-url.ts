import type { ProviderConfig } from "../config/index.ts";

type IngressConfig = NonNullable<ProviderConfig["ingress"]>;

/** URL of a pod as seen from outside: its label below the ingress's suffix, or below the host of `ingress.url`. */
export function podUrl(label: string, ingress: IngressConfig, port: number): string {
  if (ingress.url === undefined) return `http://${label}.${ingress.suffix}:${port}`;
  const url = new URL(ingress.url);
  url.hostname = `${label}.${url.hostname}`;
  return url.href.replace(/\/$/, "");
}

/** Host names whose subdomains are this provider's to give: the suffix, and the host of the outside URL. */
export function podSuffixes({ suffix, url }: IngressConfig): string[] {
  return url === undefined ? [suffix] : [...new Set([suffix, new URL(url).hostname])];
}
