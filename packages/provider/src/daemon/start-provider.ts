import { join } from "node:path";
import type { PrivateKeyAccount } from "viem";
import { serveApi } from "../api/index.ts";
import { openProviderChain } from "../claims/index.ts";
import { systemClock } from "../clock.ts";
import type { ProviderConfig } from "../config/index.ts";
import { ContentStore } from "../images/index.ts";
import {
  createIngress,
  createPodRoutes,
  createPodUrls,
  type Ingress,
  podSuffixes,
} from "../ingress/index.ts";
import type { Log } from "../log.ts";
import { createGuardedFetch } from "../network/index.ts";
import { createEngineRuntime, findEngineSocket } from "../runtime/engine/index.ts";
import { acquireDataFolder, openSqliteState } from "../state/sqlite/index.ts";
import { composeProvider } from "./compose-provider.ts";
import { configWarnings } from "./config-warnings.ts";
import { createImagePuller } from "./image-sources.ts";
import { openChainView } from "./open-chain.ts";
import { openTee } from "./open-tee.ts";
import { identityOf, instanceOf } from "./provider-identity.ts";
import { minimumOf, readTokenDecimals } from "./provider-prices.ts";
import { beginWork } from "./provider-work.ts";
import { takeDownPods } from "./take-down-pods.ts";

/** Milliseconds between rounds, and between tries of open settlements. */
const intervals = { rounds: 2_000, settlements: 5_000 };

/** What a provider is started with. */
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
  /** Aborted when the lease on the state is lost: nothing is left to do but to stop. */
  readonly lost: AbortSignal;
  /** Ends the API, takes last readings and claims. Pods keep running, and the next start adopts them, unless removed. */
  stop(options?: { readonly removePods?: boolean }): Promise<void>;
}

/** Starts everything, in the order in which one part needs the other; what fails undoes what was started. */
export async function startProvider(options: StartOptions): Promise<RunningProvider> {
  const cleanUp: (() => Promise<void>)[] = [];
  try {
    return await start(options, cleanUp);
  } catch (error) {
    for (const undo of cleanUp.reverse()) await undo();
    throw error;
  }
}

async function start(
  { config, account, env, log }: StartOptions,
  cleanUp: (() => Promise<void>)[],
): Promise<RunningProvider> {
  const clock = systemClock;
  const { dataDir, images, listen, ingress: served } = config;
  const lease = await acquireDataFolder(dataDir);
  cleanUp.push(() => lease.release());
  const state = await openSqliteState(dataDir);
  cleanUp.push(() => state.close());

  const tee = await openTee(config, account.address, log);
  const socket = config.engine.socket ?? (await findEngineSocket(env)).socket;
  const runtime = createEngineRuntime({ socket, dataDir, instance: instanceOf(dataDir, account.address) });
  const { name, endpoint, architecture } = await runtime.probe();
  log.info(`engine ${name} at ${endpoint}`);

  const fetch = createGuardedFetch({ exceptions: images.privateRegistries, unguarded: config.development });
  const chain = await openChainView(config, { memory: state.memory, clock, log, fetch });
  const decimals = await readTokenDecimals(config.chain.tokens, chain.sources, state);
  const store = await ContentStore.open(join(dataDir, "content"), images.maxStoreBytes);
  const transactions = new AbortController();
  let ingress: Ingress | undefined;
  const provider = composeProvider({
    identity: identityOf(config, account.address, architecture, decimals),
    account,
    keys: tee.keys,
    attest: (nonce) => tee.attest(nonce),
    developmentTee: tee.development,
    state,
    runtime,
    chain: chain.view,
    verifySignature: chain.verifySignature,
    providerChain: openProviderChain(config.chain, account, transactions.signal),
    store,
    puller: createImagePuller(config, store, fetch),
    ...(served === undefined
      ? {}
      : { podUrls: createPodUrls(served, () => ingress?.port ?? served.listen.port) }),
    minimumClaim: minimumOf(config, decimals),
    suspendAfterSeconds: config.suspendAfterSeconds,
    clock,
    log,
  });
  const { reconciler, service, app } = provider;
  for (const warning of configWarnings(config)) log.warn(warning);
  await reconciler.gc();

  if (served !== undefined) {
    const suffixes = podSuffixes(served);
    const observed = (id: string) => reconciler.observed(id);
    const lookup = createPodRoutes({ pods: state.pods, suffixes, observed });
    const opened = await createIngress({ listen: served.listen, lookup });
    cleanUp.push(() => opened.close());
    ingress = opened;
  }
  const api = await serveApi(app, tee.tls, listen);
  const work = beginWork(provider, {
    intervals: { ...intervals, claims: config.claim.intervalSeconds * 1000 },
    transactions,
    lost: lease.lost,
    log,
  });
  return {
    url: `https://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${api.port}`,
    ...(ingress === undefined ? {} : { ingressPort: ingress.port }),
    lost: lease.lost,
    async stop({ removePods = false } = {}) {
      service.stop();
      await api.close();
      await work.end();
      await ingress?.close();
      if (removePods && !lease.lost.aborted) await takeDownPods({ state, runtime, clock, log });
      await state.close();
      await lease.release();
    },
  };
}
