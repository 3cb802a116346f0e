export { createIngress, type Ingress, type IngressOptions, type PodAddress } from "./ingress.ts";
export { createPodRoutes, ingressOf, type PodRoutesOptions } from "./pod-routes.ts";
export { createPodUrls, podSuffixes, type PodUrls } from "./pod-urls.ts";
