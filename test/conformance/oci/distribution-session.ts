import { createHash, randomBytes } from "node:crypto";

/** One point of the specification, and what was wrong where it does not hold. */
export interface Outcome {
  readonly point: string;
  readonly failure?: string;
}

/** What an answer must be. */
export interface Expected {
  status: number | readonly number[];
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
}

/** A group of points that need each other's content. */
export interface PointGroup {
  readonly name: string;
  readonly run: (session: Session) => Promise<void>;
}

/**
 * Asks one registry what distribution-spec 1.1 says of it, point by point. A point that fails does not end the others;
 * names begin with the endpoint's number in the specification ("Endpoints").
 */
export class Session {
  readonly repository: string;
  readonly other: string;
  readonly outcomes: Outcome[] = [];
  readonly #url: string;

  constructor(url: string, repository: string, other: string) {
    this.#url = url;
    this.repository = repository;
    this.other = other;
  }

  async point<T>(point: string, check: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await check();
      this.outcomes.push({ point });
      return value;
    } catch (error) {
      this.outcomes.push({ point, failure: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  /** A request whose answer must be as expected; gives the answer and its body. */
  async ask(
    method: string,
    path: string,
    expected: Expected,
    init: { body?: Uint8Array; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; headers: Headers; body: Buffer; location: string }> {
    const url = new URL(path, this.#url);
    const { body: sent, headers = {} } = init;
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      ...(sent === undefined ? {} : { body: Buffer.from(sent) }),
    });
    const body = Buffer.from(await response.arrayBuffer());
    const problems: string[] = [];
    const statuses = [expected.status].flat();
    if (!statuses.includes(response.status))
      problems.push(`status ${response.status}, not ${statuses.join("/")}`);
    for (const [name, value] of Object.entries(expected.headers ?? {})) {
      const actual = response.headers.get(name);
      if (actual !== value) problems.push(`${name}: ${actual}, not ${value}`);
    }
    if (expected.body !== undefined && !body.equals(expected.body)) {
      problems.push(`another body of ${body.length} bytes`);
    }
    if (problems.length > 0) throw new Error(`${method} ${path}: ${problems.join("; ")}`);
    const location = response.headers.get("location");
    return {
      status: response.status,
      headers: response.headers,
      body,
      location: location === null ? "" : new URL(location, url).href,
    };
  }

  /** The `Location` of a stored blob or manifest gives it back. */
  async askLocation(location: string, body: Uint8Array): Promise<void> {
    if (location === "") throw new Error("no Location");
    const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    await this.ask("GET", location, { status: 200, body }, { headers: { accept } });
  }

  blob(digest: string, repository = this.repository): string {
    return `/v2/${repository}/blobs/${digest}`;
  }

  manifest(reference: string): string {
    return `/v2/${this.repository}/manifests/${reference}`;
  }

  uploads(query = "", repository = this.repository): string {
    return `/v2/${repository}/blobs/uploads/${query}`;
  }
}

export type Algorithm = "sha256" | "sha512";

/** A digest of the algorithm, as it stands in the protocol. */
export function digestOf(bytes: Uint8Array, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** A blob of its own. */
export function freshBlob(size: number, algorithm: Algorithm = "sha256"): { bytes: Buffer; digest: string } {
  const bytes = randomBytes(size);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

/** The URL that ends an upload. */
export function closing(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set("digest", digest);
  return url.href;
}
