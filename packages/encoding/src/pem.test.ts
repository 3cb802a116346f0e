import { expect, test } from "vitest";
import { findPemBlocks, PemError, readPemBlocks, writePem } from "./pem.ts";

const [first, second] = [new Uint8Array(200).map((_, index) => index), new Uint8Array(100).fill(0x5a)];
const pem = writePem("CERTIFICATE", first!, second!);

test("certificates come in their order, with LF or CRLF and one zero byte at the end", () => {
  for (const text of [
    pem,
    `${pem}\0`,
    pem.trimEnd(),
    pem.replaceAll("\n", "\r\n"),
    pem.replaceAll("\n", "\r\n").trimEnd(),
  ])
    expect(readPemBlocks(text, "CERTIFICATE", 2)[1]).toEqual(second);
});

test.each([
  ["nothing", ""],
  ["text", "x"],
  ["text before", `x\n${pem}`],
  ["text after", `${pem}x`],
  ["text between", pem.replace("END CERTIFICATE-----\n", "END CERTIFICATE-----\n \n")],
  ["two zero bytes", `${pem}\0\0`],
  ["a zero byte in the place of the last line end", `${pem.trimEnd()}\0`],
  ["an empty line between", pem.replace("END CERTIFICATE-----\n", "END CERTIFICATE-----\n\n")],
  ["an empty line before", `\n${pem}`],
  ["an empty line after", `${pem}\n`],
  ["one line with CRLF among lines with LF", pem.replace("\n", "\r\n")],
  ["a block without end", pem.slice(0, -30)],
  ["an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"],
  ["a vertical tab for an end of line", pem.replace("\n", "\v")],
  ["a lone carriage return", pem.replace("\n", "\r")],
  ["a space in a line", pem.replace("AAEC", "AA EC")],
  ["short lines", pem.replace(/(.{32})(.{32})\n/, "$1\n$2\n")],
  ["another kind of block", pem.replaceAll("CERTIFICATE", "X509 CRL")],
])("%s is refused", (_name, text) => {
  expect(() => readPemBlocks(text, "CERTIFICATE", 2)).toThrowError(PemError);
});

test("more certificates than the limit are refused", () => {
  expect(() => readPemBlocks(pem, "CERTIFICATE", 1)).toThrowError(PemError);
});

test("a lax reader finds blocks among other text, with headers and lines of any length", () => {
  const text = [
    "Bag Attributes: x",
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAA\n EC\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAEC\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----",
  ].join("\n");
  const [parameters, key, foreign, ...rest] = [...findPemBlocks(text)];
  expect(parameters).toMatchObject({ label: "EC PARAMETERS", headers: "" });
  expect(key?.headers).toBe("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n");
  expect([...(key?.bytes ?? [])]).toEqual([0, 1, 2]);
  expect(foreign).toMatchObject({ label: "PGP PUBLIC KEY BLOCK", bytes: undefined });
  expect(rest).toEqual([]);
  expect(() => readPemBlocks(text, "EC PARAMETERS", 9)).toThrowError(PemError);
});
