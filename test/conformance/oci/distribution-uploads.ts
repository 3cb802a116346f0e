import { closing, type Expected, type Session } from "./distribution-session.ts";

export const octets = { "content-type": "application/octet-stream" };

/** A blob on its way to a repository. With `bad`, its bytes do not have the digest. */
export interface Upload {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly repository?: string;
  readonly bad?: boolean;
}

export type Way = (session: Session, upload: Upload) => Promise<void>;

/** What the request that ends an upload must give. */
function ended({ digest, bad }: Upload): Expected {
  return bad === true ? { status: 400 } : { status: 201, headers: { "docker-content-digest": digest } };
}

async function begin(session: Session, { repository }: Upload): Promise<string> {
  const { location } = await session.ask("POST", session.uploads("", repository), { status: 202 });
  if (location === "") throw new Error("no Location");
  return location;
}

async function stored(session: Session, upload: Upload, location: string): Promise<void> {
  if (upload.bad !== true) await session.askLocation(location, upload.bytes);
}

/** end-4b: POST with the whole content. */
export const postOnly: Way = async (session, upload) => {
  const path = session.uploads(`?digest=${upload.digest}`, upload.repository);
  const answer = await session.ask("POST", path, ended(upload), { body: upload.bytes, headers: octets });
  await stored(session, upload, answer.location);
};

/** end-4a, end-6: POST, then PUT with the whole content. */
export const postPut: Way = async (session, upload) => {
  const target = closing(await begin(session, upload), upload.digest);
  const answer = await session.ask("PUT", target, ended(upload), { body: upload.bytes, headers: octets });
  await stored(session, upload, answer.location);
};

/** end-4a, end-5, end-6: POST, one PATCH without a range, PUT. */
export const stream: Way = async (session, upload) => {
  const location = await begin(session, upload);
  const patched = await session.ask(
    "PATCH",
    location,
    { status: 202 },
    { body: upload.bytes, headers: octets },
  );
  const target = closing(patched.location, upload.digest);
  const answer = await session.ask("PUT", target, ended(upload), { headers: octets });
  await stored(session, upload, answer.location);
};

export interface Chunking {
  /** How many chunks. */
  count: number;
  /** The last chunk goes in the PUT. */
  lastInPut?: boolean;
  /** Before each chunk one that is not its turn, which must be refused; GET then tells where the upload is. */
  disordered?: boolean;
}

/** end-4a, end-5, end-6, end-13: POST, PATCH for each chunk with its range, PUT. */
export function chunked({ count, lastInPut = false, disordered = false }: Chunking): Way {
  return async (session, upload) => {
    const { bytes, digest } = upload;
    const size = Math.ceil(bytes.length / count);
    let location = await begin(session, upload);
    let answer: { location: string } | undefined;
    for (let start = 0; start < bytes.length; start += size) {
      const end = Math.min(start + size, bytes.length);
      if (disordered) location = await refusedChunk(session, upload, location, start, size);
      const last = lastInPut && end === bytes.length;
      const init = {
        body: bytes.subarray(start, end),
        headers: { ...octets, "content-range": `${start}-${end - 1}` },
      };
      if (last) answer = await session.ask("PUT", closing(location, digest), ended(upload), init);
      else {
        const range = { range: `0-${end - 1}` };
        const patched = await session.ask("PATCH", location, { status: 202, headers: range }, init);
        location = patched.location;
      }
    }
    answer ??= await session.ask("PUT", closing(location, digest), ended(upload), { headers: octets });
    await stored(session, upload, answer.location);
  };
}

async function refusedChunk(
  session: Session,
  { bytes, digest }: Upload,
  location: string,
  start: number,
  size: number,
): Promise<string> {
  const wrong = start + size < bytes.length ? start + size : 0;
  const end = Math.min(wrong + size, bytes.length);
  // Of a single chunk none is out of turn but one that leaves out the first byte.
  const from = wrong === start ? 1 : wrong;
  const init = {
    body: bytes.subarray(from, end),
    headers: { ...octets, "content-range": `${from}-${end - 1}` },
  };
  const method = end === bytes.length ? "PUT" : "PATCH";
  const target = method === "PUT" ? closing(location, digest) : location;
  await session.ask(method, target, { status: 416 }, init);
  const told = await session.ask("GET", location, {
    status: 204,
    headers: { range: `0-${Math.max(0, start - 1)}` },
  });
  if (told.location === "") throw new Error("no Location");
  return told.location;
}
