import { expect, test } from "vitest";
import { DerError } from "../der.ts";
import { makePck, root } from "../testing/tdx-platform.ts";
import { pemOf } from "../testing/tdx-quote.ts";
import { readPemCertificates } from "./pem.ts";

const pem = pemOf([makePck(), root]);

test("certificates come in their order, with LF or CRLF and one zero byte at the end", () => {
  for (const text of [
    pem,
    `${pem}\0`,
    pem.trimEnd(),
    pem.replaceAll("\n", "\r\n"),
    pem.replaceAll("\n", "\r\n").trimEnd(),
  ])
    expect(readPemCertificates(text, 2)[1]).toEqual(root);
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
  ["a space in a line", pem.replace("MII", "MI I")],
  ["short lines", pem.replace(/(.{32})(.{32})\n/, "$1\n$2\n")],
  ["another kind of block", pem.replaceAll("CERTIFICATE", "X509 CRL")],
])("%s is refused", (_name, text) => {
  expect(() => readPemCertificates(text, 2)).toThrowError(DerError);
});

test("more certificates than the limit are refused", () => {
  expect(() => readPemCertificates(pem, 1)).toThrowError(DerError);
});
