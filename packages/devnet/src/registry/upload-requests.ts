import { type Digest, isDigest } from "@apoc/oci";
import { type Answer, refuse } from "./answer.ts";
import { type Exchange, headerOf } from "./exchange.ts";
import type { UploadSession } from "./uploads.ts";

/** POST `/v2/<name>/blobs/uploads/`: mounts a blob, takes it whole with `?digest=`, or begins an upload. */
export async function postUpload(exchange: Exchange): Promise<Answer> {
  const { state, repository, url } = exchange;
  const mount = url.searchParams.get("mount");
  if (mount !== null && isDigest(mount)) {
    const from = url.searchParams.get("from");
    // Without `from` the blob may come from any repository, since none is private here.
    const found =
      from === null
        ? state.links.anywhere("blobs", mount)
        : state.links.get(from, "blobs", mount) !== undefined;
    if (found) {
      await state.links.set(repository, "blobs", mount, "");
      return created(repository, mount);
    }
  }
  const algorithm = url.searchParams.get("digest-algorithm");
  if (algorithm !== null && algorithm !== "sha256" && algorithm !== "sha512") {
    return refuse("DIGEST_INVALID", "digest-algorithm must be sha256 or sha512");
  }
  const digest = url.searchParams.get("digest");
  if (digest !== null && !isDigest(digest))
    return refuse("DIGEST_INVALID", "digest must be sha256 or sha512");
  const session = await state.uploads.begin(repository);
  if (digest !== null) return finish(exchange, session, digest);
  return {
    status: 202,
    headers: { ...sessionHeaders(session), "content-length": "0", "oci-chunk-min-length": "0" },
  };
}

/** PATCH: one chunk, at exactly the place where the last one ended. */
export async function patchUpload(exchange: Exchange): Promise<Answer> {
  const session = find(exchange);
  if (session === undefined) return unknown();
  const refused = await receive(exchange, session);
  return refused ?? { status: 202, headers: { ...sessionHeaders(session), "content-length": "0" } };
}

/** PUT with `?digest=`: the last chunk, if any, and the end. */
export async function putUpload(exchange: Exchange): Promise<Answer> {
  const session = find(exchange);
  if (session === undefined) return unknown();
  return finish(exchange, session, exchange.url.searchParams.get("digest") ?? "");
}

/** GET: how far the upload is. */
export async function getUpload(exchange: Exchange): Promise<Answer> {
  const session = find(exchange);
  if (session === undefined) return unknown();
  await settled(session);
  return { status: 204, headers: sessionHeaders(session) };
}

/** DELETE: gives the upload up. */
export async function deleteUpload(exchange: Exchange): Promise<Answer> {
  const session = find(exchange);
  if (session === undefined) return unknown();
  await exchange.state.uploads.cancel(session);
  return { status: 204 };
}

async function finish(exchange: Exchange, session: UploadSession, digest: string): Promise<Answer> {
  const { state, repository } = exchange;
  if (!isDigest(digest)) return refuse("DIGEST_INVALID", "digest must be sha256 or sha512");
  const refused = await receive(exchange, session);
  if (refused !== undefined) return refused;
  state.uploads.end(session);
  if (!(await session.writer.commit(digest)))
    return refuse("DIGEST_INVALID", "the content has another digest");
  await state.links.set(repository, "blobs", digest, "");
  return created(repository, digest);
}

/** Writes the body to the session. What arrived before a connection broke stays, and GET tells how much it is. */
async function receive({ request }: Exchange, session: UploadSession): Promise<Answer | undefined> {
  if (!(await settled(session))) {
    return refuse("BLOB_UPLOAD_INVALID", "another request writes to this upload");
  }
  const range = headerOf(request, "content-range");
  let length: number | undefined;
  if (range !== undefined) {
    const [, start, end] = /^(?:bytes )?(\d+)-(\d+)(?:\/[\d*]+)?$/.exec(range) ?? [];
    if (start === undefined || Number(start) !== session.writer.size || Number(end) < Number(start)) {
      return refuse("RANGE_INVALID", `the upload stands at ${session.writer.size}`);
    }
    length = Number(end) - Number(start) + 1;
    const stated = headerOf(request, "content-length");
    if (stated !== undefined && Number(stated) !== length) {
      return refuse("SIZE_INVALID", "Content-Range and Content-Length differ");
    }
  }
  let done = () => {};
  session.writing = new Promise((resolve) => {
    done = resolve;
  });
  let left = length ?? Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      if (chunk.length > left) return refuse("SIZE_INVALID", "more bytes than Content-Range announces");
      await session.writer.write(chunk);
      left -= chunk.length;
    }
  } finally {
    session.writing = undefined;
    done();
  }
  return length === undefined || left === 0
    ? undefined
    : refuse("SIZE_INVALID", "fewer bytes than Content-Range announces");
}

/**
 * Whether nobody writes. Who comes back after a broken connection may be here before it is seen to be broken, so that
 * a request that writes is waited for, for two seconds.
 */
async function settled(session: UploadSession): Promise<boolean> {
  for (const end = Date.now() + 2000; session.writing !== undefined && Date.now() < end; ) {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, end - Date.now());
    });
    await Promise.race([session.writing, patience]);
    clearTimeout(timer);
  }
  return session.writing === undefined;
}

function find({ state, repository, reference }: Exchange): UploadSession | undefined {
  return state.uploads.find(repository, reference);
}

function unknown(): Answer {
  return refuse("BLOB_UPLOAD_UNKNOWN", "no such upload");
}

function created(repository: string, digest: Digest): Answer {
  return {
    status: 201,
    headers: {
      location: `/v2/${repository}/blobs/${digest}`,
      "docker-content-digest": digest,
      "content-length": "0",
    },
  };
}

function sessionHeaders({ repository, id, writer }: UploadSession): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, writer.size - 1)}`,
    "docker-upload-uuid": id,
  };
}
