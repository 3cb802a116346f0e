import { ApocError } from "@apoc/errors";
import { encodeCanonicalJson } from "../encode-document.ts";
import { ociErrors } from "../errors.ts";
import { manifestLimit, parseIndex } from "../parse.ts";
import { addReferrer, referrersTag } from "../referrers.ts";
import { type Descriptor, type Digest, type Index, mediaTypes } from "../spec.ts";
import type { CallOptions } from "../target.ts";
import { discard, readLimited } from "./body.ts";
import { readPages } from "./pages.ts";
import { responseError } from "./response-error.ts";
import { contentType } from "./stated-descriptor.ts";
import { delay } from "./timed-fetch.ts";
import type { Transport } from "./transport.ts";

/** Tries to get an entry into a list that others write, too. */
const maxWrites = 8;

/** Writes to one list by this process, one after the other. */
const writing = new Map<string, Promise<void>>();

/** Lists what refers to a digest: by the referrers API, or by the tag that stands for it where there is no API. */
export async function listReferrers(
  transport: Transport,
  subject: Digest,
  artifactType: string | undefined,
  options: CallOptions,
): Promise<Descriptor[]> {
  const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found = new Map<Digest, Descriptor>();
  const add = ({ manifests }: Index) => {
    for (const entry of manifests) found.set(entry.digest, entry);
  };
  for await (const response of readPages(transport, `referrers/${subject}${query}`, options)) {
    if (response.status === 200 && contentType(response) === mediaTypes.index) {
      const bytes = await readLimited(response, manifestLimit, { field: "referrers", ...options });
      add(parseIndex(bytes, { field: "referrers" }));
    } else if (response.status === 404 || response.status === 200) {
      await discard(response);
      add(await readFallback(transport, subject, options));
      break;
    } else {
      throw await responseError(response, subject, transport.registry);
    }
  }
  return [...found.values()].filter(
    (entry) => artifactType === undefined || entry.artifactType === artifactType,
  );
}

/** The list under its tag, for registries without the API; empty when there is none. */
async function readFallback(transport: Transport, subject: Digest, { signal }: CallOptions): Promise<Index> {
  const field = referrersTag(subject);
  const response = await transport.send({
    method: "GET",
    target: `manifests/${field}`,
    action: "pull",
    headers: { accept: mediaTypes.index },
    signal,
  });
  if (response.status === 404) {
    await discard(response);
    return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
  }
  if (response.status !== 200) throw await responseError(response, subject, transport.registry);
  return parseIndex(await readLimited(response, manifestLimit, { field, signal }), { field });
}

/**
 * Enters a manifest in the list under the tag of its subject (distribution-spec, "Referrers Tag Schema"). The protocol
 * has no way to write only if nobody else has: so the writes of this process go one after the other, and what was
 * written is read again after a moment, and written once more when another writer has overwritten it.
 * @throws REGISTRY_UNAVAILABLE when others overwrite it each time
 */
export async function addToFallback(
  transport: Transport,
  subject: Digest,
  entry: Descriptor,
  put: (index: Uint8Array, tag: string) => Promise<void>,
  options: CallOptions,
): Promise<void> {
  const key = `${transport.origin} ${transport.repository} ${subject}`;
  const turn = (writing.get(key) ?? Promise.resolve()).then(async () => {
    for (let write = 0; ; write++) {
      const start = performance.now();
      const { manifests } = await readFallback(transport, subject, options);
      if (manifests.some(({ digest }) => digest === entry.digest)) return;
      if (write === maxWrites) break;
      await put(encodeCanonicalJson(addReferrer(manifests, entry)), referrersTag(subject));
      // Anyone who read before this write has written by then, if it is not much slower.
      const settled = Math.max(50, 3 * (performance.now() - start));
      await delay(settled * (1 + Math.random() * (write + 1)), options.signal);
    }
    throw new ApocError(ociErrors.REGISTRY_UNAVAILABLE, {
      field: `${transport.registry}/${transport.repository}:${referrersTag(subject)}`,
      expected: `${entry.digest} in the list of referrers`,
      actual: "others overwrite the list",
    });
  });
  const settled = turn.catch(() => undefined);
  writing.set(key, settled);
  await turn.finally(() => {
    if (writing.get(key) === settled) writing.delete(key);
  });
}
