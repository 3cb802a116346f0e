import { ApocError, isApocError } from "@apoc/errors";
import { attestationErrors } from "../errors.ts";
import { type CollateralCache, type CollateralItem, memoryCache } from "./cache.ts";
import { download, type DownloadOptions } from "./download.ts";
import { toTime } from "../time.ts";

/** Where collateral comes from. */
export interface CollateralOptions extends DownloadOptions {
  /** Default: a memory of its own. */
  readonly cache?: CollateralCache;
  /** Never fetch: the cache is a snapshot. */
  readonly offline?: boolean;
  /** Age in seconds from which a newer item is asked for although the old one is still valid; default: 6 hours. */
  readonly refreshAfter?: number;
  /** Moment of fetching; default: the clock's. */
  readonly now?: () => Date;
}

/** One thing that a service has, how to find it and how to tell that it is the right one. */
export interface Wanted<T> {
  readonly key: string;
  readonly url: string;
  /** Maximum number of bytes of the body. */
  readonly limit: number;
  /** Names of the header that bears the issuer chain, URL-encoded PEM; the first that is there counts. */
  readonly chainHeaders?: readonly string[];
  /** The value of an item. Throws anything when it is not what was asked for. */
  read(item: CollateralItem): T | Promise<T>;
  /** When the value is valid. */
  window(value: T): { readonly from: Date; readonly until: Date };
}

/** Maximum number of characters of an issuer chain in a header. */
const chainLimit = 32_768;

/**
 * Gives collateral from the cache or its service. What is not what was asked for, or not valid at the moment of
 * evaluation, is never given and never kept.
 */
export class CollateralStore {
  readonly #options: CollateralOptions;
  readonly #cache: CollateralCache;

  constructor(options: CollateralOptions = {}) {
    this.#options = options;
    this.#cache = options.cache ?? memoryCache();
  }

  /**
   * The value at a moment. Throws COLLATERAL_UNREACHABLE, COLLATERAL_UNKNOWN, COLLATERAL_ANSWER, COLLATERAL_STALE when
   * the service has nothing valid at that moment, COLLATERAL_MISSING when fetching is off and nothing is there.
   */
  async obtain<T>(wanted: Wanted<T>, at: Date): Promise<T> {
    const { offline = false, refreshAfter = 6 * 3600, now = () => new Date() } = this.#options;
    const kept = await this.#read(wanted, await this.#cache.get(wanted.key));
    const valid = kept !== undefined && within(wanted.window(kept.value), at);
    if (offline) {
      if (valid) return kept.value;
      throw kept === undefined
        ? new ApocError(attestationErrors.COLLATERAL_MISSING, { field: wanted.key })
        : stale(wanted, kept.value, at);
    }
    const age = kept === undefined ? 0 : now().getTime() - kept.item.fetchedAt.getTime();
    // An age below zero is a clock that was set back: ask instead of keeping an item forever.
    if (valid && age >= 0 && age < refreshAfter * 1000) return kept.value;
    try {
      return await this.#fetch(wanted, at, now());
    } catch (error) {
      if (valid && isApocError(error, attestationErrors.COLLATERAL_UNREACHABLE)) return kept.value;
      throw error;
    }
  }

  async #fetch<T>(wanted: Wanted<T>, at: Date, fetchedAt: Date): Promise<T> {
    const answer = await download(wanted.url, wanted.limit, this.#options);
    const item = { body: answer.body, ...issuerChain(wanted, answer), fetchedAt };
    let value: T;
    try {
      value = await wanted.read(item);
    } catch (cause) {
      const actual = cause instanceof Error ? cause.message : "something else";
      throw new ApocError(attestationErrors.COLLATERAL_ANSWER, {
        field: wanted.url,
        expected: wanted.key,
        actual,
        cause,
      });
    }
    if (!within(wanted.window(value), at)) throw stale(wanted, value, at);
    await this.#cache.set(wanted.key, item);
    return value;
  }

  async #read<T>(
    wanted: Wanted<T>,
    item: CollateralItem | undefined,
  ): Promise<{ value: T; item: CollateralItem } | undefined> {
    if (item === undefined || item.body.length > wanted.limit) return undefined;
    try {
      return { value: await wanted.read(item), item };
    } catch {
      // Damaged, or written for something else: as good as nothing.
      return undefined;
    }
  }
}

function within({ from, until }: { from: Date; until: Date }, at: Date): boolean {
  return from <= at && at <= until;
}

function stale<T>(wanted: Wanted<T>, value: T, at: Date): ApocError {
  const { from, until } = wanted.window(value);
  return new ApocError(attestationErrors.COLLATERAL_STALE, {
    field: wanted.key,
    expected: `valid at ${toTime(at)}`,
    actual: `${toTime(from)} to ${toTime(until)}`,
  });
}

function issuerChain<T>(
  { chainHeaders, url }: Wanted<T>,
  answer: { header(name: string): string | undefined },
): { issuerChain?: string } {
  if (chainHeaders === undefined) return {};
  const text = chainHeaders.map((name) => answer.header(name)).find((value) => value !== undefined);
  const details = { field: url, expected: `a header ${chainHeaders[0]} with PEM certificates` };
  if (text === undefined)
    throw new ApocError(attestationErrors.COLLATERAL_ANSWER, { ...details, actual: "none" });
  try {
    if (text.length <= chainLimit) return { issuerChain: decodeURIComponent(text) };
  } catch {
    // Falls through: not URL-encoded.
  }
  throw new ApocError(attestationErrors.COLLATERAL_ANSWER, { ...details, actual: "another value" });
}
