/** Which private keys are used. */
export const keyOptions = {
  key: {
    flags: "--key <file>",
    description: "private key (PKCS#8, PKCS#1, SEC1 or JWK; PEM or DER); may be given several times",
    multiple: true,
  },
  passphrase: { flags: "--passphrase-file <file>", description: "file with the passphrase of the keys" },
} as const;
