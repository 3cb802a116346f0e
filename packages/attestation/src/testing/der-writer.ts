/** Writes DER for tests; what it writes can be as wrong as a test needs. */
type Bytes = Uint8Array<ArrayBufferLike>;

/** One element: tag, minimal length, content. */
export function element(tag: number, ...content: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Uint8Array.from([tag, ...length, ...body]);
}

export const sequence = (...items: readonly Bytes[]): Uint8Array<ArrayBuffer> => element(0x30, ...items);
export const octetString = (bytes: Bytes): Uint8Array<ArrayBuffer> => element(0x04, bytes);
export const bitString = (bytes: Bytes, unused = 0): Uint8Array<ArrayBuffer> =>
  element(0x03, Uint8Array.of(unused), bytes);
export const boolean = (value: boolean): Uint8Array<ArrayBuffer> =>
  element(0x01, Uint8Array.of(value ? 255 : 0));
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => element(0x0c, Buffer.from(text));

/** An INTEGER from 0 to 2^48. */
export function integer(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return element(0x02, bytes[0]! >= 0x80 ? Buffer.of(0) : Buffer.of(), bytes);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const arcs = [first * 40 + second, ...rest].map((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift(128 + (left % 128));
    return Uint8Array.from(digits);
  });
  return element(0x06, ...arcs);
}

/** A UTCTime. */
export function utcTime(date: Date): Uint8Array<ArrayBuffer> {
  return element(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}

/** A Name of one common name. */
export function commonName(text: string): Uint8Array<ArrayBuffer> {
  return sequence(element(0x31, sequence(oid("2.5.4.3"), utf8(text))));
}

/** One extension. */
export function extension(id: string, critical: boolean, value: Bytes): Uint8Array<ArrayBuffer> {
  return critical
    ? sequence(oid(id), boolean(true), octetString(value))
    : sequence(oid(id), octetString(value));
}
