import { createHash } from "node:crypto";
import { join } from "node:path";
import type { OperatingPolicy } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { clientErrors } from "@apoc/client";
import type { PrivateKeyAccount } from "viem";
import {
  AdmissionDesk,
  createChainView,
  createGrantFinder,
  createMonitorStatements,
  createSignatureVerifier,
  createSources,
  type ProviderIdentity,
  type RpcSource,
} from "../admission/index.ts";
import { createApp, ProviderService, quotedGrace, serveApi } from "../api/index.ts";
import { Claimer, openProviderChain, Settler } from "../claims/index.ts";
import { systemClock } from "../clock.ts";
import { configurationDigest, type ProviderConfig } from "../config/index.ts";
import { ContentDigests, ContentStore } from "../images/index.ts";
import { createIngress, createPodRoutes, podSuffixes, podUrl } from "../ingress/index.ts";
import { describeError, type Log } from "../log.ts";
import { createGuardedFetch } from "../network/index.ts";
import { Meter } from "../metering/index.ts";
import { ChannelWatch, createPodStarter, Reconciler } from "../reconcile/index.ts";
import { createEngineRuntime, findEngineSocket } from "../runtime/engine/index.ts";
import { acquireDataFolder, openSqliteState } from "../state/sqlite/index.ts";
import {
  answerNonce,
  attesterWarnings,
  checkOwnEvidence,
  createProviderKeys,
  createTlsIdentity,
  openAttester,
} from "../tee/index.ts";
import { claimByInterval, repeat } from "./claim-loop.ts";
import { createImagePuller } from "./image-sources.ts";
import { minimumOf, pricesFrom, readTokenDecimals } from "./provider-prices.ts";

const roundMilliseconds = 2_000;
/** Between looks for settlements that have to be tried again. */
const settleMilliseconds = 5_000;
/** How long transactions at shutdown may take. */
const lastClaimMilliseconds = 30_000;

export interface StartOptions {
  readonly config: ProviderConfig;
  readonly account: PrivateKeyAccount;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/** A provider that takes requests. */
export interface RunningProvider {
  /** URL of the API. */
  readonly url: string;
  readonly ingressPort?: number;
  /** Ends the API, takes last readings and claims. Pods run on, and the next start adopts them, unless removed. */
  stop(options?: { readonly removePods?: boolean }): Promise<void>;
}

/** Starts everything, in the order in which one part needs the other; what fails undoes what was started. */
export async function startProvider(options: StartOptions): Promise<RunningProvider> {
  const cleanUp: (() => Promise<void> | void)[] = [];
  try {
    return await start(options, cleanUp);
  } catch (error) {
    for (const undo of cleanUp.reverse()) await undo();
    throw error;
  }
}

async function start(
  { config, account, env, log }: StartOptions,
  cleanUp: (() => Promise<void> | void)[],
): Promise<RunningProvider> {
  const clock = systemClock;
  const { dataDir, chain } = config;
  const lease = await acquireDataFolder(dataDir);
  cleanUp.push(() => lease.release());
  const state = await openSqliteState(dataDir);
  cleanUp.push(() => state.close());

  const attester = openAttester(config);
  const binding = {
    configurationDigest: configurationDigest(config),
    chainId: chain.id,
    provider: account.address,
  };
  const keys = await createProviderKeys(attester, binding);
  const wrappingKey = keys.wrapping;
  const tls = await createTlsIdentity([config.listen.host, "localhost"]);
  const subject = { ...binding, keys, tlsKey: tls.spki };
  await checkOwnEvidence(attester, subject);
  for (const warning of attesterWarnings(attester)) log.warn(warning);
  log.info(
    `evidence self-check passed, key ${wrappingKey.keyId.slice(0, 16)} bound, meter ${keys.meter.address}`,
  );

  const socket = config.engine.socket ?? (await findEngineSocket(env)).socket;
  const runtime = createEngineRuntime({ socket, dataDir, instance: instanceOf(dataDir, account.address) });
  const { name, endpoint, architecture } = await runtime.probe();
  log.info(`engine ${name} at ${endpoint}`);

  const sources = createSources(chain.rpc);
  await checkChainIds(sources, chain.id, log);
  const decimals = await readTokenDecimals(chain.tokens, sources, state);
  const identity: ProviderIdentity = {
    address: account.address,
    chainId: chain.id,
    contract: chain.paymentChannel,
    tokens: chain.tokens,
    architecture,
    prices: pricesFrom(config.prices, decimals),
    policy: policyOf(config),
  };

  const { memory } = state;
  const verifySignature = createSignatureVerifier(sources, chain.id);
  const fetch = createGuardedFetch({
    exceptions: config.images.privateRegistries,
    unguarded: config.development,
  });
  const statements = createMonitorStatements(config.policy.monitors, memory, clock, fetch);
  const view = createChainView({ ...chain, sources, statements });
  const store = await ContentStore.open(join(dataDir, "content"), config.images.maxStoreBytes);
  const puller = createImagePuller(config, store, fetch);
  const keyId = wrappingKey.keyId;
  const findGrants = createGrantFinder({ keyId, puller, memory, verifySignature, clock, log });
  const desk = new AdmissionDesk({
    provider: identity,
    wrappingKey,
    chain: view,
    verifySignature,
    puller,
    contentDigests: new ContentDigests(store, puller),
    findGrants,
    memory,
    clock,
  });

  const ending = new AbortController();
  const transactions = new AbortController();
  const providerChain = openProviderChain(chain, account, transactions.signal);
  const claimer = new Claimer({
    state,
    chain: providerChain,
    clock,
    log,
    minimum: minimumOf(config, decimals),
  });
  const settler = new Settler({ state, claimer, chain: providerChain, clock, log });
  warnOfLateClaims(config, log);
  const removals = new Removals();
  const reconciler = new Reconciler({
    state,
    runtime,
    starter: createPodStarter({ desk, store, wrappingKey }),
    watch: new ChannelWatch(view, config.suspendAfterSeconds),
    sources,
    policy: identity.policy,
    meter: new Meter(state.usage, clock),
    clock,
    log,
    onRemoved: ({ id }) => void settler.settle(id).then(() => removals.done(id)),
    onChannelEnding: (pod) => claimer.claimNow(pod),
  });
  await reconciler.gc();

  const { ingress: wanted } = config;
  const ingress =
    wanted === undefined
      ? undefined
      : await createIngress({
          listen: wanted.listen,
          lookup: createPodRoutes({
            pods: state.pods,
            suffixes: podSuffixes(wanted),
            observed: (id) => reconciler.observed(id),
          }),
        });
  if (ingress !== undefined) cleanUp.push(() => ingress.close());
  const service = new ProviderService({
    desk,
    state,
    reconciler,
    runtime,
    wrappingKey,
    verifySignature,
    account,
    developmentTee: attester.development,
    attest: (nonce) => answerNonce(attester, subject, nonce),
    addressOf: (label) =>
      wanted === undefined || ingress === undefined ? undefined : podUrl(label, wanted, ingress.port),
    ...(wanted === undefined || ingress === undefined
      ? {}
      : { ingressUrl: wanted.url ?? `http://${wanted.suffix}:${ingress.port}` }),
    settler,
    removal: (id) => removals.of(id),
    clock,
  });
  const api = await serveApi(createApp(service, log), tls, config.listen);

  const rounds = reconciler.run(roundMilliseconds, ending.signal);
  const payments = Promise.all([
    claimByInterval(claimer, config.claim.intervalSeconds, ending.signal),
    repeat(() => settler.round(), settleMilliseconds, ending.signal),
  ]);
  const host = config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host;
  return {
    url: `https://${host}:${api.port}`,
    ...(ingress === undefined ? {} : { ingressPort: ingress.port }),
    async stop({ removePods = false } = {}) {
      service.stop();
      await api.close();
      ending.abort();
      await rounds;
      await reconciler.finalReading();
      const timer = setTimeout(() => transactions.abort(new Error("no time left")), lastClaimMilliseconds);
      await payments;
      await settler.idle();
      const claims = await claimer.claimAll({ ignoreMinimum: true });
      // The state is closed below: nothing may still want to write.
      await claimer.idle();
      clearTimeout(timer);
      const open = claims.filter(({ error }) => error !== undefined).length;
      if (open > 0) log.warn(`${open} claims did not go through; the next start makes up for them`);
      await ingress?.close();
      if (removePods) {
        for (const { id, generation } of await state.pods.live()) {
          await runtime
            .takeDown(id)
            .catch((error: unknown) => log.warn(`pod ${id}: ${describeError(error)}`));
          // Still meant to run: the next start makes it again.
          await state.pods.setState(id, generation, "accepted", clock.wall());
        }
      }
      await state.close();
      await lease.release();
    },
  };
}

/** What is not claimed when a publisher has its rest back is lost, so claims must be nearer together than that. */
function warnOfLateClaims({ claim, policy }: ProviderConfig, log: Log): void {
  const grace = quotedGrace(policy);
  if (claim.intervalSeconds < grace) return;
  log.warn(
    `claim.intervalSeconds (${claim.intervalSeconds}) is not below the unlock delay that is quoted (${grace} s): ` +
      "while this provider is down for that long, a publisher can take back what was used and not claimed.",
  );
}

/** Who waits for a pod's removal. */
class Removals {
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  of(id: string): Promise<void> {
    const waiting = this.#waiting.get(id) ?? Promise.withResolvers<void>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  done(id: string): void {
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }
}

/** Tells this provider's containers from others' on the same engine: the same after a loss of the database. */
function instanceOf(dataDir: string, address: string): string {
  return `p-${createHash("sha256").update(`${address.toLowerCase()}\0${dataDir}`).digest("hex").slice(0, 16)}`;
}

function policyOf({ policy }: ProviderConfig): OperatingPolicy {
  return { ...policy, monitors: policy.monitors.map(({ address }) => address) };
}

/** An RPC of another chain is a mistake to find at once; one that does not answer is not. @throws CHAIN_MISMATCH */
async function checkChainIds(sources: readonly RpcSource[], expected: number, log: Log): Promise<void> {
  for (const { name, client } of sources) {
    const actual = await client.getChainId().catch(() => undefined);
    if (actual === undefined) log.warn(`${name} does not answer`);
    else if (actual !== expected) {
      throw new ApocError(clientErrors.CHAIN_MISMATCH, {
        field: name,
        expected: `eip155:${expected}`,
        actual: `eip155:${actual}`,
      });
    }
  }
}
