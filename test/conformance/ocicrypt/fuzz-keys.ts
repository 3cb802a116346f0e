import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { importPrivateKey, importPublicKey, toPublicJwk } from "ocicrypt-js";
import { der as writer, DerError, readElements } from "@apoc/encoding";
import { mutateBytes, type Random } from "../attestation/fuzz-mutation.ts";
import { mutateJson } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, target } from "../fuzz/target.ts";

/** PEM changed in its body, so that the DER inside is what changes, or as text. */
function mutatePem(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const text = new TextDecoder().decode(seed);
  const [, label = "", body = ""] = /-----BEGIN ([^-]+)-----([\s\S]*?)-----END/.exec(text) ?? [];
  if (body === "" || random.below(4) === 0) return mutateBytes(random, seed, others);
  const der = mutateBytes(random, Buffer.from(body, "base64"), others);
  return bytesOf(
    `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`,
  );
}

/** The same in each run, so that inputs depend on seed and number only. RSA keys are found too rarely for that. */
const ec = (() => {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(Buffer.alloc(32, 7));
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const jwk = { kty: "EC", crv: "P-256", d: Buffer.alloc(32, 7).toString("base64url"), x: x!, y: y! };
  const privateKey = createPrivateKey({ key: jwk, format: "jwk" });
  return { privateKey, publicKey: createPublicKey(privateKey) };
})();
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (key: typeof ec.privateKey, type: "pkcs8" | "sec1" | "pkcs1") =>
  bytesOf(String(key.export({ type: type as "pkcs8", format: "pem" })));
const der = (key: typeof ec.privateKey, type: "pkcs8" | "sec1" | "pkcs1") =>
  new Uint8Array(key.export({ type: type as "pkcs8", format: "der" }));

/**
 * The same key as PBES2 with one round, under the passphrase `fuzz`: the reader is what is tried, not the patience. It
 * is written out since each encryption differs, and inputs shall not.
 */
const protectedKey = new Uint8Array(
  Buffer.from(
    "MIHrMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAjWgbo1+z51vQIBATAMBggqhkiG9w0CCQUAMB0GCWCGSA" +
      "FlAwQBKgQQAXVpxV/2DVoObrlk6PvM2QSBkDe0YazLhfAx2ZFRdmYFWtdrW9XFvNyzi78Wv814Gnt2FCCLNZFQcNM7" +
      "hEW6TjCzWw/9aJ5eV44DltOQmwZBsjNCyieWdmtAhaCI9hYu9l6nHZ+zQVR8LOYsme6oLDqrd31ZloS2Ow+dzNr09g" +
      "M8SZqCt65QJiSb6t+sEGtXPVwR3c6GqdAYrq6ZUK+pBGOf1g==",
    "base64",
  ),
);

const isPair = async (value: Awaited<ReturnType<typeof importPrivateKey>>) => {
  // What was read is a key that works: its public half is one by itself.
  await importPublicKey(toPublicJwk(value));
  return undefined;
};

/** Readers of key files. */
export const keyTargets: readonly FuzzTarget[] = [
  target({
    name: "DER",
    seeds: [der(ec.privateKey, "pkcs8"), der(rsa.privateKey, "pkcs1")],
    mutate: mutateBytes,
    parse: (input) => {
      try {
        return readElements(new Uint8Array(input));
      } catch (error) {
        // Its callers turn this one, and no other, into a coded error.
        if (error instanceof DerError) return undefined;
        throw error;
      }
    },
    judge: (nodes, input) => {
      const bytes = Buffer.concat(nodes.map(({ tag, content }) => writer.element(tag, content)));
      return bytes.equals(input) ? undefined : "two encodings of one value";
    },
  }),
  target({
    name: "private key, PEM",
    seeds: [pem(ec.privateKey, "pkcs8"), pem(ec.privateKey, "sec1")],
    mutate: mutatePem,
    parse: (input) => importPrivateKey(input),
    judge: isPair,
  }),
  target({
    name: "private key, DER",
    seeds: [der(ec.privateKey, "pkcs8"), der(ec.privateKey, "sec1")],
    mutate: mutateBytes,
    parse: (input) => importPrivateKey(input),
    judge: isPair,
  }),
  target({
    name: "private key, RSA",
    seeds: [der(rsa.privateKey, "pkcs1"), der(rsa.privateKey, "pkcs8")],
    mutate: mutateBytes,
    parse: (input) => importPrivateKey(input),
    judge: isPair,
  }),
  target({
    name: "private key, protected",
    seeds: [protectedKey],
    mutate: mutateBytes,
    parse: (input) => importPrivateKey(input, "key", { passphrase: "fuzz" }),
    judge: isPair,
  }),
  target({
    name: "private key, JWK",
    seeds: [bytesOf(JSON.stringify(ec.privateKey.export({ format: "jwk" })))],
    mutate: mutateJson,
    parse: (input) => importPrivateKey(input),
    judge: isPair,
  }),
  target({
    name: "public key",
    seeds: [ec, rsa].flatMap(({ publicKey }) => [
      new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
      bytesOf(String(publicKey.export({ type: "spki", format: "pem" }))),
    ]),
    mutate: (random, seed, others) => (seed[0] === 0x30 ? mutateBytes : mutatePem)(random, seed, others),
    parse: (input) => importPublicKey(input),
    judge: (jwk) => ("d" in jwk ? "a private key" : undefined),
  }),
];
