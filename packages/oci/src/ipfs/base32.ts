const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const values = new Map(alphabet.split("").map((character, value) => [character, value]));

/** RFC 4648 base32 in lower case without padding: multibase `b` without its prefix. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(buffer >>> (bits - 5)) & 31];
    buffer &= 0xff;
  }
  return bits === 0 ? text : text + alphabet[(buffer << (5 - bits)) & 31];
}

/** The inverse, or `undefined` for any text that {@link encodeBase32} would not write. */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let buffer = 0;
  let at = 0;
  for (const character of text) {
    const value = values.get(character);
    if (value === undefined) return undefined;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >>> bits) & 0xff;
    }
  }
  const surplus = buffer & ((1 << bits) - 1);
  return bits >= 5 || surplus !== 0 ? undefined : bytes;
}
