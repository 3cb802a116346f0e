import { type DerElement, DerError, DerReader, readSmallInteger, tags } from "@apoc/encoding";
import type { Certificate } from "../x509/certificate.ts";
import { type Product, productOfName } from "./product.ts";

const amdOid = "1.3.6.1.4.1.3704.1";
/** Last arcs of the extensions that hold the eight bytes of the TCB, in the order of those bytes. */
export const amdTcbArcs: Record<Product, readonly number[]> = {
  Milan: [1, 2, 4, 5, 6, 7, 3, 8],
  Genoa: [1, 2, 4, 5, 6, 7, 3, 8],
  Turin: [9, 1, 2, 3, 5, 6, 7, 8],
};

/** What AMD certifies about an endorsement key (AMD publication 57230, VCEK and VLEK certificate extensions). */
export interface VekExtensions {
  readonly product: Product;
  /** In the byte order of a TCB_VERSION of this product. */
  readonly tcb: Uint8Array;
  /** 64 bytes; on Turin 8. A VCEK has it, a VLEK has not. */
  readonly hwid: Uint8Array | undefined;
  /** Who was given a VLEK, as `CN=host.example`. A VLEK has it, a VCEK has not. */
  readonly csp: string | undefined;
}

/**
 * Reads the AMD extensions of a VCEK or VLEK. Throws {@link DerError} when one is missing, malformed, of another
 * product, or of the other kind of key.
 */
export function readVekExtensions(
  certificate: Certificate,
  product: Product,
  kind: "vcek" | "vlek",
): VekExtensions {
  const structVersion = readSmallInteger(required(certificate, "1", tags.integer));
  if (structVersion !== (product === "Turin" ? 1 : 0))
    throw new DerError(`structure version ${structVersion}`);
  const name = String.fromCharCode(...required(certificate, "2", tags.ia5String).content);
  if (productOfName(name) !== product) throw new DerError(`product ${name}, not ${product}`);

  const foreignArc = product === "Turin" ? 4 : 9;
  if (certificate.extensions.has(`${amdOid}.3.${foreignArc}`)) {
    throw new DerError(`component 3.${foreignArc} does not exist on ${product}`);
  }
  const tcb = Uint8Array.from(amdTcbArcs[product], (arc) => {
    const value = readSmallInteger(required(certificate, `3.${arc}`, tags.integer));
    if (value > 255) throw new DerError(`component 3.${arc} is ${value}`);
    return value;
  });

  const hwid = certificate.extensions.get(`${amdOid}.4`)?.value;
  const csp = certificate.extensions.has(`${amdOid}.5`)
    ? String.fromCharCode(...required(certificate, "5", tags.ia5String).content)
    : undefined;
  if (kind === "vcek") {
    if (hwid === undefined || csp !== undefined)
      throw new DerError("a VCEK has a chip id and no cloud provider");
    return { product, tcb, hwid: readHwid(hwid, product), csp: undefined };
  }
  if (csp === undefined || hwid !== undefined)
    throw new DerError("a VLEK has a cloud provider and no chip id");
  return { product, tcb, hwid: undefined, csp };
}

/** The chip id is in the extension as it is; newer certificates may wrap it in an OCTET STRING. */
function readHwid(value: Uint8Array<ArrayBuffer>, product: Product): Uint8Array {
  const size = product === "Turin" ? 8 : 64;
  if (value.length === size) return value;
  const reader = new DerReader(value);
  const { content } = reader.next(tags.octetString);
  reader.end();
  if (content.length !== size) throw new DerError(`chip id of ${content.length} bytes`);
  return content;
}

function required(certificate: Certificate, arc: string, tag: number): DerElement {
  const extension = certificate.extensions.get(`${amdOid}.${arc}`);
  if (extension === undefined) throw new DerError(`extension ${arc} is missing`);
  const reader = new DerReader(extension.value);
  const element = reader.next(tag);
  reader.end();
  return element;
}
