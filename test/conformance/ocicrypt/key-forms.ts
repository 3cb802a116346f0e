import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Workplace } from "../skopeo.ts";

/** Kinds of keys that both sides know. */
export const keyTypes = ["P-256", "P-384", "P-521", "RSA-2048", "RSA-4096"] as const;

export type KeyType = (typeof keyTypes)[number];

/** Passphrase of the protected forms. */
export const passphrase = "correct horse";

/** Files of one key pair, by form. */
export interface KeyFiles {
  readonly private: Readonly<Record<string, string>>;
  readonly public: Readonly<Record<string, string>>;
}

/** Makes a key pair by OpenSSL and writes it in every form that is in use. */
export function writeKeyForms(place: Workplace, type: KeyType): KeyFiles {
  const at = (name: string) => place.at(`${type}.${name}`);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const [family, size] = type.split("-") as [string, string];
  const made =
    family === "P"
      ? ["-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:P-${size}`]
      : ["-algorithm", "RSA", "-pkeyopt", `rsa_keygen_bits:${size}`];
  const pem = at("pkcs8.pem");
  openssl("genpkey", ...made, "-out", pem);
  const traditional = family === "P" ? "sec1" : "pkcs1";
  openssl("pkey", "-in", pem, "-outform", "DER", "-out", at("pkcs8.der"));
  openssl("pkey", "-in", pem, "-traditional", "-out", at(`${traditional}.pem`));
  openssl("pkey", "-in", pem, "-traditional", "-outform", "DER", "-out", at(`${traditional}.der`));
  openssl("pkcs8", "-topk8", "-in", pem, "-passout", `pass:${passphrase}`, "-out", at("protected.pem"));
  openssl("pkey", "-in", pem, "-pubout", "-out", at("pkix.pem"));
  openssl("pkey", "-in", pem, "-pubout", "-outform", "DER", "-out", at("pkix.der"));
  const alg = family === "P" ? "ECDH-ES+A256KW" : "RSA-OAEP";
  const key = createPrivateKey(readFileSync(pem));
  writeFileSync(at("private.jwk"), JSON.stringify({ ...key.export({ format: "jwk" }), alg }));
  writeFileSync(at("public.jwk"), JSON.stringify({ ...createPublicKey(key).export({ format: "jwk" }), alg }));
  return {
    private: {
      "PKCS#8 PEM": pem,
      "PKCS#8 DER": at("pkcs8.der"),
      [`${traditional === "sec1" ? "SEC1" : "PKCS#1"} PEM`]: at(`${traditional}.pem`),
      [`${traditional === "sec1" ? "SEC1" : "PKCS#1"} DER`]: at(`${traditional}.der`),
      JWK: at("private.jwk"),
      "protected PKCS#8 PEM": at("protected.pem"),
    },
    public: { "PKIX PEM": at("pkix.pem"), "PKIX DER": at("pkix.der"), JWK: at("public.jwk") },
  };
}
