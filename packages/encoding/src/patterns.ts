/** An account: `0x` and 40 hexadecimal digits of any case. Whether a mixed-case one is EIP-55 is checked elsewhere. */
export const address = /^0x[0-9a-fA-F]{40}$/;
/** An account in lower case, as evidence and records write it. */
export const lowerCaseAddress = /^0x[0-9a-f]{40}$/;
/** A word of the chain, such as a hash or a pod id: `0x` and 64 lower-case hexadecimal digits. */
export const bytes32 = /^0x[0-9a-f]{64}$/;
/** 32 bytes without prefix, such as a key id: 64 lower-case hexadecimal digits. */
export const hex32 = /^[0-9a-f]{64}$/;
/** An OCI digest of SHA-256: `sha256:` and 64 lower-case hexadecimal digits. */
export const sha256Digest = /^sha256:[0-9a-f]{64}$/;
/** Whole bytes with prefix, such as a signature: `0x` and lower-case hexadecimal. */
export const prefixedHex = /^0x(?:[0-9a-f]{2})*$/;
