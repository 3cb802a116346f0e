import { describeError, type Log } from "../log.ts";
import type { Provider } from "./compose-provider.ts";
import { repeat } from "./repeat.ts";

/** How long transactions at the end may take. */
const lastClaimMilliseconds = 30_000;

/** How the work goes on and how it ends. */
export interface ProviderWorkOptions {
  /** Milliseconds between rounds, between tries of open settlements, and between claims. */
  readonly intervals: { readonly rounds: number; readonly settlements: number; readonly claims: number };
  /** Ends the transactions that are under way. */
  readonly transactions: AbortController;
  /** Aborted when somebody else may act on the state: no step, reading or claim is begun from then on. */
  readonly lost: AbortSignal;
  readonly log: Log;
}

/** What a provider does by itself: rounds, claims and settlements. */
export interface ProviderWork {
  /** Ends the rounds, then takes last readings and claims. What is not claimed the next start claims. */
  end(): Promise<void>;
}

/** Begins the work of a provider. */
export function beginWork(provider: Provider, options: ProviderWorkOptions): ProviderWork {
  const { reconciler, claimer, settler, service } = provider;
  const { intervals, transactions, lost, log } = options;
  const ending = new AbortController();
  const rounds = reconciler.run(intervals.rounds, ending.signal);
  const failed = (error: unknown) => log.warn(`payments: ${describeError(error)}`);
  const payments = Promise.all([
    repeat(() => claimer.claimAll(), intervals.claims, ending.signal, failed),
    repeat(() => settler.round(), intervals.settlements, ending.signal, failed),
  ]);
  const abandon = () => {
    service.stop();
    ending.abort();
    transactions.abort(new Error("the lease on the state is lost"));
  };
  lost.addEventListener("abort", abandon, { once: true });
  return {
    async end() {
      ending.abort();
      await rounds;
      if (!lost.aborted) await reconciler.finalReading();
      const timer = setTimeout(() => transactions.abort(new Error("no time left")), lastClaimMilliseconds);
      await payments;
      await settler.idle();
      const claims = lost.aborted ? [] : await claimer.claimAll({ ignoreMinimum: true });
      // The caller closes the state: nothing may still want to write.
      await claimer.idle();
      clearTimeout(timer);
      lost.removeEventListener("abort", abandon);
      const open = claims.filter(({ error }) => error !== undefined).length;
      if (open > 0) log.warn(`${open} claims did not go through; the next start makes up for them`);
    },
  };
}
