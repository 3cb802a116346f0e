/** Bytes that are not strict DER. Not coded: parsers of keys, certificates and lists map it to their code. */
export class DerError extends Error {}
