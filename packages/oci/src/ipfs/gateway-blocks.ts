import { ApocError, isApocError } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { type BlockSource, checkBlock, inlineBlock } from "./blocks.ts";
import type { Cid } from "./cid.ts";
import { parseBaseUrl, requestBlock } from "./gateway-request.ts";
import { Semaphore } from "./semaphore.ts";

/** A block that was fetched and checked. */
export interface BlockEvent {
  readonly cid: string;
  readonly bytes: number;
  /** Origin of the gateway that gave it. */
  readonly gateway: string;
}

export interface GatewayOptions {
  /** Base URLs; `/ipfs/{cid}` is put behind them. Asked in this order. */
  readonly gateways: readonly string[];
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Longest wait for one whole block from one gateway; 30 000 by default. */
  readonly timeoutMilliseconds?: number | undefined;
  /** Requests at a time; 8 by default. */
  readonly concurrency?: number | undefined;
  /** Wait before all gateways are asked once more where one of them may do better then; 250 by default. */
  readonly backOffMilliseconds?: number | undefined;
  readonly onBlock?: ((event: BlockEvent) => void) | undefined;
}

/** How often all gateways are asked. */
const rounds = 2;

/**
 * Fetches blocks from trustless gateways, which need not be trusted: every block is hashed before anybody sees it. Where
 * one gateway fails, the next is asked; one that gave wrong bytes is not asked again.
 */
export class GatewayBlocks implements BlockSource {
  readonly #gateways: URL[];
  readonly #options: GatewayOptions;
  readonly #places: Semaphore;
  readonly #liars = new Map<URL, ApocError>();
  /** The gateway that gave the last block is asked first. */
  #preferred: URL | undefined;

  /** @throws RangeError for what is no base URL */
  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#gateways = options.gateways.map(parseBaseUrl);
    this.#places = new Semaphore(options.concurrency ?? 8);
  }

  /**
   * @throws GATEWAY_MISSING where none is configured; else, where all failed, what is worst about them: wrong bytes
   * (BLOCK_MISMATCH, BLOCK_TOO_LARGE), another fault (GATEWAY_…), or that none has the block (BLOCK_MISSING)
   */
  async get(cid: Cid, options: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    const inline = inlineBlock(cid);
    if (inline !== undefined) return checkBlock(cid, inline);
    if (this.#gateways.length === 0) {
      throw new ApocError(ociErrors.GATEWAY_MISSING, {
        field: `ipfs://${cid.toString()}`,
        expected: "the URL of a trustless gateway, such as that of a local Kubo node",
        detail: "The command line names gateways as --ipfs-gateway, a provider as images.ipfsGateways.",
      });
    }
    return this.#places.run(() => this.#fetch(cid, options.signal));
  }

  async #fetch(cid: Cid, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const failures = new Map<URL, ApocError>();
    for (let round = 1; ; round++) {
      for (const gateway of this.#order()) {
        signal?.throwIfAborted();
        if (failures.has(gateway) && !isTemporary(failures.get(gateway)!)) continue;
        try {
          return await this.#ask(gateway, cid, signal);
        } catch (error) {
          if (!isApocError(error)) throw error;
          failures.set(gateway, error);
          if (error.descriptor.kind === "verification") this.#liars.set(gateway, error);
        }
      }
      if (round >= rounds || ![...failures.values()].some(isTemporary)) break;
      await pause(this.#options.backOffMilliseconds ?? 250, signal);
    }
    throw this.#worst(failures);
  }

  #order(): URL[] {
    const honest = this.#gateways.filter((gateway) => !this.#liars.has(gateway));
    return honest.sort((a, b) => Number(b === this.#preferred) - Number(a === this.#preferred));
  }

  async #ask(gateway: URL, cid: Cid, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { fetch = globalThis.fetch, timeoutMilliseconds = 30_000, onBlock } = this.#options;
    const bytes = await requestBlock(gateway, cid, {
      fetch: (input, init) => fetch(input, init),
      timeoutMilliseconds,
      signal,
    });
    checkBlock(cid, bytes);
    this.#preferred = gateway;
    onBlock?.({ cid: cid.toString(), bytes: bytes.length, gateway: gateway.origin });
    return bytes;
  }

  #worst(failures: ReadonlyMap<URL, ApocError>): ApocError {
    const all = [...new Map([...this.#liars, ...failures]).entries()];
    const rank = ([, { descriptor }]: [URL, ApocError]) =>
      descriptor.kind === "verification" ? 0 : descriptor.code === ociErrors.BLOCK_MISSING.code ? 2 : 1;
    const [, worst] = all.toSorted((a, b) => rank(a) - rank(b))[0]!;
    if (all.length === 1) return worst;
    const { field, expected, actual, descriptor } = worst;
    const others = all.map(([{ host }, error]) => `${host}: ${error.code}`);
    return new ApocError(descriptor, {
      field,
      expected,
      actual,
      detail: `Asked ${others.join(", ")}.`,
      cause: worst,
    });
  }
}

function isTemporary({ descriptor }: ApocError): boolean {
  return descriptor.kind === "network";
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", end, { once: true });
  });
}
