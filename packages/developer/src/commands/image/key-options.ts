/** Which private keys are used. */
export const keyOptions = {
  key: {
    flags: "--key <file|provider:NAME>",
    description: "private key (PKCS#8, PKCS#1, SEC1 or JWK; PEM or DER), or a key provider (repeatable)",
    multiple: true,
  },
  passphrase: { flags: "--passphrase-file <file>", description: "file with the passphrase of the keys" },
} as const;

/** How a recipient is named. */
export const recipientSyntax = "<jwe:FILE|provider:NAME>";
