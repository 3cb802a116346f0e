import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importPrivateKey, importPublicKey, ocicryptErrors, type PrivateJwk, toPublicJwk } from "./index.ts";

/** Files as OpenSSL's program writes them, in every form it has. */
const folder = mkdtempSync(join(tmpdir(), "ocicrypt-keys-"));
const at = (name: string) => join(folder, name);
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
const kinds = { p256: "EC P-256", p384: "EC P-384", p521: "EC P-521", rsa: "RSA 2048" };
const names = Object.keys(kinds) as (keyof typeof kinds)[];
const code = (name: keyof typeof ocicryptErrors) => ({ code: ocicryptErrors[name].code });
const expected = (name: string) =>
  createPrivateKey(readFileSync(at(`${name}.pem`))).export({ format: "jwk" }) as PrivateJwk;

beforeAll(() => {
  for (const [name, kind] of Object.entries(kinds)) {
    const [algorithm, size] = kind.split(" ") as [string, string];
    const option = algorithm === "EC" ? `ec_paramgen_curve:${size}` : `rsa_keygen_bits:${size}`;
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", `${name}.pem`);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plainForms: Record<string, string[]> = {
  "PKCS#8 PEM": ["pkey"],
  "PKCS#8 DER": ["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"],
  "traditional PEM": ["pkey", "-traditional"],
  "traditional DER": ["pkey", "-traditional", "-outform", "DER"],
};
test.for(names.flatMap((name) => Object.keys(plainForms).map((form) => [name, form] as const)))(
  "%s as %s, of OpenSSL",
  async ([name, form]) => {
    openssl(...(plainForms[form] as string[]), "-in", `${name}.pem`, "-out", "plain");
    expect(await importPrivateKey(readFileSync(at("plain")))).toEqual(expected(name));
  },
);

const publicForms: Record<string, string[]> = {
  "PKIX PEM": ["pkey", "-pubout"],
  "PKIX DER": ["pkey", "-pubout", "-outform", "DER"],
};
test.for(names.flatMap((name) => Object.keys(publicForms).map((form) => [name, form] as const)))(
  "public %s as %s, of OpenSSL",
  async ([name, form]) => {
    openssl(...(publicForms[form] as string[]), "-in", `${name}.pem`, "-out", "public");
    expect(await importPublicKey(readFileSync(at("public")))).toEqual(toPublicJwk(expected(name)));
  },
);

test("PKCS#1 public keys of OpenSSL", async () => {
  for (const form of ["PEM", "DER"]) {
    openssl("rsa", "-in", "rsa.pem", "-RSAPublicKey_out", "-outform", form, "-out", "public");
    expect(await importPublicKey(readFileSync(at("public")))).toEqual(toPublicJwk(expected("rsa")));
  }
});

const protectedForms: Record<string, string[]> = {
  "pkcs8 -topk8, as OpenSSL does by default": [],
  "PBKDF2 with SHA-1, AES-128": ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
  "PBKDF2 with SHA-384, AES-192": ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"],
  "PBKDF2 with SHA-512, AES-256, 10000 rounds": [
    "-v2",
    "aes-256-cbc",
    "-v2prf",
    "hmacWithSHA512",
    "-iter",
    "10000",
  ],
  scrypt: ["-scrypt"],
  "scrypt, smaller, AES-128": [
    "-scrypt",
    "-scrypt_N",
    "1024",
    "-scrypt_r",
    "4",
    "-scrypt_p",
    "2",
    "-v2",
    "aes-128-cbc",
  ],
};
test.for(Object.keys(protectedForms).flatMap((form) => [["p256", form] as const, ["rsa", form] as const]))(
  "%s protected by %s",
  async ([name, form]) => {
    for (const outform of ["PEM", "DER"]) {
      const options = [
        ...(protectedForms[form] as string[]),
        "-outform",
        outform,
        "-passout",
        "pass:Pässwort",
      ];
      openssl("pkcs8", "-topk8", "-in", `${name}.pem`, "-out", "locked", ...options);
      const locked = readFileSync(at("locked"));
      const open = (passphrase?: string) => importPrivateKey(locked, "key", { passphrase });
      expect(await open("Pässwort")).toEqual(expected(name));
      await expect(open("Passwort")).rejects.toMatchObject(code("KEY_PASSPHRASE_WRONG"));
      await expect(open("")).rejects.toMatchObject(code("KEY_PASSPHRASE_WRONG"));
      await expect(open()).rejects.toMatchObject(code("KEY_PASSPHRASE"));
    }
  },
);

test.for(["aes128", "aes192", "aes256"])("the older protection of PEM files with %s", async (cipher) => {
  for (const [name, program] of [
    ["p384", "ec"],
    ["rsa", "rsa"],
  ] as const) {
    const traditional = program === "rsa" ? ["-traditional"] : [];
    openssl(
      program,
      "-in",
      `${name}.pem`,
      `-${cipher}`,
      ...traditional,
      "-passout",
      "pass:x",
      "-out",
      "locked",
    );
    const locked = readFileSync(at("locked"), "utf8");
    expect(locked).toContain("Proc-Type: 4,ENCRYPTED");
    expect(await importPrivateKey(locked, "key", { passphrase: "x" })).toEqual(expected(name));
    expect(await importPrivateKey(locked.replaceAll("\n", "\r\n"), "key", { passphrase: "x" })).toEqual(
      expected(name),
    );
    await expect(importPrivateKey(locked, "key", { passphrase: "y" })).rejects.toMatchObject(
      code("KEY_PASSPHRASE_WRONG"),
    );
    await expect(importPrivateKey(locked)).rejects.toMatchObject(code("KEY_PASSPHRASE"));
  }
});

test("no wrong passphrase passes for another key, whatever the padding says", async () => {
  openssl("ec", "-in", "p256.pem", "-aes128", "-passout", "pass:x", "-out", "locked");
  const locked = readFileSync(at("locked"));
  for (let i = 0; i < 600; i++) {
    await expect(importPrivateKey(locked, "key", { passphrase: `no ${i}` })).rejects.toMatchObject(
      code("KEY_PASSPHRASE_WRONG"),
    );
  }
});

test("other protection is named and refused", async () => {
  const refused = async (actual: string, ...command: string[]) => {
    openssl(...command, "-in", "rsa.pem", "-passout", "pass:x", "-out", "locked");
    await expect(
      importPrivateKey(readFileSync(at("locked")), "key", { passphrase: "x" }),
    ).rejects.toMatchObject({ ...code("KEY_PROTECTION_UNSUPPORTED"), actual });
  };
  await refused("cipher 1.2.840.113549.3.7", "pkcs8", "-topk8", "-v2", "des3");
  await refused("protection 1.2.840.113549.1.12.1.3", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES");
  await refused("cipher DES-EDE3-CBC", "rsa", "-traditional", "-des3");
  await refused("pseudo-random function 1.2.840.113549.2.8", "pkcs8", "-topk8", "-v2prf", "hmacWithSHA224");
  const many = ["pkcs8", "-topk8", "-scrypt", "-scrypt_N", "1024", "-scrypt_r", "8", "-scrypt_p", "32"];
  await refused("scrypt N 1024, r 8, p 32", ...many);
});

test("certificates and keys of other programs are named, with what to do", async () => {
  openssl("req", "-x509", "-key", "p256.pem", "-subj", "/CN=x", "-out", "certificate");
  openssl("x509", "-in", "certificate", "-outform", "DER", "-out", "certificate.der");
  for (const name of ["certificate", "certificate.der"]) {
    await expect(importPublicKey(readFileSync(at(name)))).rejects.toMatchObject({
      ...code("KEY_UNSUPPORTED"),
      actual: "an X.509 certificate",
      next: { action: "extract-public-key" },
    });
  }
  const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
  for (const label of ["OPENSSH PRIVATE KEY", "PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK"]) {
    await expect(importPublicKey(block(label))).rejects.toMatchObject({
      ...code("KEY_UNSUPPORTED"),
      actual: `a key of ${label.split(" ")[0]}`,
    });
  }
});

test("a protected file cut anywhere or with a byte changed gives a coded error", async () => {
  openssl("pkcs8", "-topk8", "-in", "p256.pem", "-outform", "DER", "-passout", "pass:x", "-out", "locked");
  const locked = readFileSync(at("locked"));
  const outcome = async (bytes: Uint8Array) => {
    try {
      await importPrivateKey(bytes, "key", { passphrase: "x" });
      return "opened";
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };
  for (let end = 0; end < locked.length; end += 3)
    expect(await outcome(locked.subarray(0, end))).toMatch(/^APOC-20/);
  for (let i = 0; i < locked.length; i++) {
    const changed = Buffer.from(locked);
    changed[i] = (changed[i] ?? 0) ^ 0x40;
    expect(await outcome(changed)).toMatch(/^APOC-20|^opened$/);
  }
});
