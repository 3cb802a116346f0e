import {
  type DerElement,
  DerError,
  DerReader,
  readOid,
  readSequence,
  readSmallInteger,
  tags,
} from "@apoc/encoding";
import { derived } from "../memo.ts";
import type { Certificate } from "../x509/certificate.ts";

const sgxOid = "1.2.840.113741.1.13.1";
const componentCount = 16;

/** What Intel certifies about a platform (Intel SGX PCK certificate specification, SGX extensions). */
export interface PckExtension {
  /** Family of the platform, 6 bytes. */
  readonly fmspc: Uint8Array;
  /** Id of the provisioning certification enclave, 2 bytes. */
  readonly pceId: Uint8Array;
  /** Security versions of the 16 SGX TCB components. */
  readonly components: readonly number[];
  readonly pceSvn: number;
}

/** Reads the SGX extension of a PCK certificate. Throws {@link DerError} when it, or a part of it, is not there. */
export const readPckExtension: (certificate: Certificate) => PckExtension = derived((certificate) => {
  const extension = certificate.extensions.get(sgxOid);
  if (extension === undefined) throw new DerError("no SGX extension");
  const parts = readParts(readSequence(extension.value), sgxOid);
  const tcb = readParts(new DerReader(part(parts, 2, tags.sequence).content), `${sgxOid}.2`);
  const svn = (arc: number, limit: number) => {
    const value = readSmallInteger(part(tcb, arc, tags.integer));
    if (value > limit) throw new DerError(`TCB component ${arc} is ${value}`);
    return value;
  };
  return {
    fmspc: octets(parts, 4, 6),
    pceId: octets(parts, 3, 2),
    components: Array.from({ length: componentCount }, (_, index) => svn(index + 1, 0xff)),
    pceSvn: svn(componentCount + 1, 0xffff),
  };
});

/** Values by the last arc of their object identifier; none occurs twice. */
function readParts(reader: DerReader, parent: string): Map<number, DerElement> {
  const parts = new Map<number, DerElement>();
  while (!reader.done) {
    const pair = reader.enter();
    const oid = readOid(pair.next(tags.oid));
    const value = pair.next();
    pair.end();
    const arc = Number(oid.slice(parent.length + 1));
    if (oid !== `${parent}.${arc}` || parts.has(arc)) throw new DerError(`unexpected ${oid}`);
    parts.set(arc, value);
  }
  return parts;
}

function part(parts: ReadonlyMap<number, DerElement>, arc: number, tag: number): DerElement {
  const element = parts.get(arc);
  if (element?.tag !== tag) throw new DerError(`part ${arc} of the SGX extension is missing`);
  return element;
}

function octets(parts: ReadonlyMap<number, DerElement>, arc: number, size: number): Uint8Array {
  const { content } = part(parts, arc, tags.octetString);
  if (content.length !== size) throw new DerError(`part ${arc} of the SGX extension has another size`);
  return content;
}
