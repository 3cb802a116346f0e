import { type Evidence } from "@apoc/attestation";
import { canonicalJson } from "@apoc/encoding";
import {
  admissionErrors,
  apiErrors,
  channelId,
  channelLimits,
  type ChannelTerms,
  completeHeader,
  executionRate,
  type Grant,
  openGrant,
  type OperatingPolicy,
  parsePodRequest,
  type PodRequest,
  type PodStatus,
  type ProviderInfo,
  type Quote,
  type QuoteRequest,
  quoteTypedData,
  type SignatureVerifier,
  verifyGrantSignature,
} from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type LocalAccount, zeroAddress } from "viem";
import type { AdmissionDesk } from "../admission/index.ts";
import type { Settler } from "../claims/index.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { ingressOf, type PodUrls } from "../ingress/index.ts";
import { openPodSecrets, type Reconciler } from "../reconcile/index.ts";
import type { LogLine, LogOptions, PodRuntime } from "../runtime/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";
import type { ProviderApi, ReadAction, SignedCall } from "./provider-api.ts";

/** Seconds for which a quote can be accepted. */
const quoteLifetime = 600;
/** How long a removal is waited for before it is answered as going on. */
const removalMilliseconds = 30_000;

export interface ProviderServiceOptions {
  readonly desk: AdmissionDesk;
  readonly state: State;
  readonly reconciler: Pick<Reconciler, "nudge" | "observed">;
  readonly runtime: Pick<PodRuntime, "logs">;
  readonly wrappingKey: WrappingKey;
  readonly verifySignature: SignatureVerifier;
  /** Signs quotes. */
  readonly account: Pick<LocalAccount, "signTypedData">;
  readonly developmentTee: boolean;
  readonly attest: (nonce: Uint8Array) => Promise<Evidence>;
  /** Absent where pods are not served. */
  readonly podUrls?: PodUrls;
  /** Is told of a removal before it is stored. */
  readonly settler: Pick<Settler, "intend">;
  /** Resolves when a pod is removed and its settlement was tried. */
  readonly removal: (id: string) => Promise<void>;
  readonly clock: Clock;
}

/** What the API does, free of HTTP. */
export class ProviderService implements ProviderApi {
  readonly #options: ProviderServiceOptions;
  #stopping = false;

  constructor(options: ProviderServiceOptions) {
    this.#options = options;
  }

  /** From now on nothing new is admitted. */
  stop(): void {
    this.#stopping = true;
  }

  info(): ProviderInfo {
    const { desk, developmentTee, podUrls } = this.#options;
    const { address, chainId, contract, tokens, architecture, prices, policy } = desk.provider;
    return {
      version: 1,
      provider: address,
      chainId,
      contract,
      tokens,
      platform: { os: "linux", architecture },
      prices,
      policy,
      developmentTee,
      ...(podUrls === undefined ? {} : { ingress: podUrls.base }),
    };
  }

  attest(nonce: Uint8Array): Promise<Evidence> {
    return this.#options.attest(nonce);
  }

  /** Completes the channel's terms, runs what checks can be run, and signs when none of them fails. */
  async quote({ publisher, token, podId, manifest, payees }: QuoteRequest): Promise<Quote> {
    const { desk, account, clock } = this.#options;
    const { address, chainId, contract, prices, policy } = desk.provider;
    const header = completeHeader(
      {
        publisher,
        provider: address,
        token,
        podId,
        meter: zeroAddress,
        grace: quotedGrace(policy),
        acceptBy: unixSeconds(clock) + quoteLifetime,
        maxExecRate: executionRate(manifest, prices),
        execBurst: 0n,
      },
      payees,
    );
    const channel: ChannelTerms = { header, payees };
    const id = channelId(chainId, contract, header);
    const checks = await desk.assess(channel, manifest);
    const quote: Quote = { version: 1, checks, channel, channelId: id };
    if (this.#stopping || checks.some(({ verdict }) => verdict === "fail" || verdict === "skipped"))
      return quote;
    return { ...quote, signature: await account.signTypedData(quoteTypedData(chainId, contract, id)) };
  }

  async putPod({ id, authorization, body }: SignedCall & { readonly body: Uint8Array }): Promise<PodStatus> {
    if (this.#stopping) throw new ApocError(apiErrors.STOPPING);
    const { desk, state, reconciler, wrappingKey, clock } = this.#options;
    const request = parsePodRequest(body);
    const known = await state.pods.get(id);
    const live = known !== undefined && known.state !== "removed";
    const signed = { authorization, body };
    if (live && Buffer.compare(known.request, body) === 0) {
      // The same again: an answer may have been lost. Nothing changes, whichever of the two actions was signed.
      await desk.checkRequest(signed, putAction(authorization.action), known.channel, id);
      return this.#status(known);
    }
    if (live && known.state === "draining") throw new ApocError(apiErrors.POD_UNKNOWN, { field: id });
    // A deployment whose answer was lost is repeated with secrets sealed anew: still the deployment of this manifest.
    const changes = live && !sameManifest(parsePodRequest(known.request), request);
    const action = changes ? "update" : live ? putAction(authorization.action) : "deploy";
    const admission = await desk.admitRequest(request, signed, action);
    if (admission.channelId !== id) {
      throw new ApocError(admissionErrors.REQUEST_ACTION, {
        field: "id",
        expected: id,
        actual: admission.channelId,
      });
    }
    // Opened here only to refuse what could never start; opened again, and for use, when the pod is made.
    await openPodSecrets(id, request, wrappingKey.privateKey);
    const prices = desk.provider.prices;
    const ingress = ingressOf(request.manifest);
    const admitted = {
      id,
      name: request.manifest.name,
      request: body,
      channel: request.channel,
      prices,
      rate: executionRate(request.manifest, prices),
      ...(ingress === undefined ? {} : { ingress }),
    };
    const now = clock.wall();
    const pod = await (live ? state.pods.update(admitted, now) : state.pods.admit(admitted, now));
    if (pod === undefined) throw new ApocError(apiErrors.POD_UNKNOWN, { field: id });
    reconciler.nudge();
    return this.#status(pod);
  }

  async getPod(call: SignedCall): Promise<PodStatus> {
    return this.#status(await this.#authorized(call, "status"));
  }

  async deletePod(call: SignedCall): Promise<PodStatus> {
    const { state, reconciler, clock, removal, settler } = this.#options;
    const pod = await this.#authorized(call, "delete");
    if (pod.state !== "removed") {
      const removed = removal(pod.id);
      await settler.intend(pod.id);
      await state.pods.drain(pod.id, clock.wall());
      reconciler.nudge();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, removalMilliseconds)));
      await Promise.race([removed, patience]);
      clearTimeout(timer);
    }
    return this.#status((await state.pods.get(pod.id))!);
  }

  async logs(call: SignedCall, options: LogOptions): Promise<AsyncIterable<LogLine>> {
    const pod = await this.#authorized(call, "logs");
    return this.#options.runtime.logs(pod.id, options);
  }

  /** Keeps a grant that a developer hands over, if it is one for this provider's key that opens. */
  async uploadGrant(grant: Grant): Promise<void> {
    const { wrappingKey, verifySignature, state, clock } = this.#options;
    const refuse = (field: string, expected: string, actual: string) =>
      new ApocError(apiErrors.GRANT_NOT_OURS, { field, expected, actual });
    if (grant.providerKeyId !== wrappingKey.keyId) {
      throw refuse("providerKeyId", wrappingKey.keyId, grant.providerKeyId);
    }
    if (grant.notAfter <= unixSeconds(clock)) {
      throw new ApocError(admissionErrors.GRANT_EXPIRED, {
        field: "notAfter",
        actual: String(grant.notAfter),
      });
    }
    if (!(await verifyGrantSignature(grant, verifySignature))) {
      throw new ApocError(admissionErrors.GRANT_SIGNER, { field: "signature", expected: grant.developer });
    }
    await openGrant(grant, wrappingKey.privateKey).catch((cause: unknown) => {
      throw new ApocError(admissionErrors.GRANT_KEY, {
        field: "jwe",
        detail: isApocError(cause) ? cause.descriptor.title : undefined,
        cause,
      });
    });
    if (!(await state.memory.keepGrant(grant, clock.wall()))) {
      throw new ApocError(apiErrors.BUSY, { field: "grants", expected: "room for one more" });
    }
  }

  /** Check 1 for a pod that is known: signed by the publisher of its channel. */
  async #authorized({ id, authorization }: SignedCall, action: ReadAction): Promise<PodRecord> {
    const { desk, state } = this.#options;
    const pod = await state.pods.get(id);
    if (pod === undefined) throw new ApocError(apiErrors.POD_UNKNOWN, { field: id });
    await desk.checkRequest({ authorization, body: new Uint8Array() }, action, pod.channel, id);
    return (await state.pods.get(id)) ?? pod;
  }

  async #status(pod: PodRecord): Promise<PodStatus> {
    const { state, reconciler, podUrls } = this.#options;
    const observed = reconciler.observed(pod.id);
    const address = pod.ingress === undefined ? undefined : podUrls?.of(pod.label);
    return {
      version: 1,
      id: pod.id,
      name: pod.name,
      state: pod.state,
      ...(pod.reason === undefined ? {} : { reason: pod.reason }),
      ...(address === undefined ? {} : { address }),
      containers: (observed?.containers ?? []).map(({ name, phase, restarts, exitCode }) => ({
        name,
        phase,
        restarts,
        ...(exitCode === undefined ? {} : { exitCode }),
      })),
      metered: await state.usage.total(pod.id),
      claimed: await state.usage.claimed(pod.id),
    };
  }
}

/** Unlock delay of the channels that this provider quotes, in seconds. */
export function quotedGrace({ minGraceSeconds }: Pick<OperatingPolicy, "minGraceSeconds">): number {
  return Math.min(Math.max(minGraceSeconds, channelLimits.minGrace), channelLimits.maxGrace);
}

function putAction(action: string): "deploy" | "update" {
  return action === "update" ? "update" : "deploy";
}

function sameManifest(a: PodRequest, b: PodRequest): boolean {
  return canonicalJson(a.manifest) === canonicalJson(b.manifest);
}
