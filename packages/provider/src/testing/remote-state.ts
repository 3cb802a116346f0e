import { setImmediate } from "node:timers/promises";
import type { State } from "../state/index.ts";
import { openSqliteState } from "../state/sqlite/index.ts";

/**
 * The state of a folder as far away as a database on another machine: every call takes turns of the event loop on its
 * way there and back, so that whatever a caller believes to be one step with its next one is interrupted.
 */
export async function openRemoteState(folder: string): Promise<State> {
  const { pods, usage, transactions, memory, meta, close } = await openSqliteState(folder);
  return {
    pods: remote(pods),
    usage: remote(usage),
    transactions: remote(transactions),
    memory: remote(memory),
    meta: remote(meta),
    close,
  };
}

function remote<T extends object>(store: T): T {
  return new Proxy(store, {
    get(_, name) {
      const method: unknown = Reflect.get(store, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        await setImmediate();
        const result: unknown = await Reflect.apply(method, store, args);
        await setImmediate();
        return result;
      };
    },
  });
}
