export { createIngress, type Ingress, type IngressOptions } from "./ingress.ts";
export type { PodAddress } from "./pod-address.ts";
export { createPodRoutes, ingressOf, type PodRoutesOptions } from "./pod-routes.ts";
export { createPodUrls, podSuffixes, type PodUrls } from "./pod-urls.ts";
