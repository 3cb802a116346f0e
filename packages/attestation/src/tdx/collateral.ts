import { z } from "zod";
import { fromHex, parseStrictJson } from "@apoc/encoding";
import { derived, Memo } from "../memo.ts";
import { LayoutError } from "./byte-reader.ts";
import { tcbStatuses } from "./tcb-status.ts";

/** Maximum number of characters of a TCB info or enclave identity. */
export const signedDocumentLimit = 65_536;
/** Most certificates of an issuer chain. */
export const issuerChainLimit = 4;

/**
 * What Intel publishes about a platform, as it was received (PCS interface version 4). The list of the PCK authority
 * is checked with the authority in the quote; the chain that the service sends with it is not needed.
 */
export interface TdxCollateral {
  /** DER revocation list of the root. */
  readonly rootCrl: Uint8Array;
  /** DER revocation list of the PCK's issuer, the platform or the processor CA. */
  readonly pckCrl: Uint8Array;
  readonly tcbInfo: SignedJson;
  readonly qeIdentity: SignedJson;
}

/** A JSON document of Intel: the exact text that the signature covers, cut from the answer and never serialised again. */
export interface SignedJson {
  readonly text: string;
  /** R ‖ S of the signer, 64 bytes. */
  readonly signature: Uint8Array;
  /** DER certificates: the signer, then the root. */
  readonly issuerChain: readonly Uint8Array[];
}

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`))
    .transform((text) => fromHex(text.toLowerCase()));
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
  .transform((text, context) => {
    const date = new Date(text);
    // February 30 parses, as March 2.
    if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, -1))) return date;
    context.addIssue({ code: "custom", message: "no such time" });
    return z.NEVER;
  });
const svn16 = z.int().min(0).max(0xffff);
const evaluationNumber = z.int().min(0).max(0xffffffff);
const status = z.enum(tcbStatuses);
const advisories = z.array(z.string().min(1).max(64)).max(256).default([]);
/** Security versions of 16 components. Most of what TCB info holds, so that it is read at one go. */
const components = z.unknown().transform((value, context): readonly number[] => {
  const svns = Array.isArray(value) ? value.map(svnOf) : [];
  if (svns.length === 16 && svns.every((svn) => svn !== undefined)) return svns;
  context.addIssue({ code: "custom", message: "expected 16 components, each with an svn from 0 to 255" });
  return z.NEVER;
});

function svnOf(component: unknown): number | undefined {
  if (typeof component !== "object" || component === null || !Object.hasOwn(component, "svn"))
    return undefined;
  const { svn } = component as { readonly svn: unknown };
  return typeof svn === "number" && Number.isInteger(svn) && svn >= 0 && svn <= 0xff ? svn : undefined;
}

const enclaveLevels = z
  .array(z.object({ tcb: z.object({ isvsvn: svn16 }), tcbStatus: status, advisoryIDs: advisories }))
  .min(1)
  .max(256);
const module = { mrsigner: hex(48), attributes: hex(8), attributesMask: hex(8) };
/** When a document counts; read by itself, so that a stale one is called stale whatever else is wrong with it. */
const windowSchema = z.object({ issueDate: time, nextUpdate: time });

/*
 * Members that are not named here are let through: Intel has added some within a version, and the signature says that
 * they are Intel's. Whatever the checks use is required and typed.
 */
const tcbInfoSchema = z.object({
  id: z.literal("TDX"),
  version: z.literal(3),
  fmspc: hex(6),
  pceId: hex(2),
  tcbType: z.literal(0),
  tcbEvaluationDataNumber: evaluationNumber,
  tdxModule: z.object(module),
  tdxModuleIdentities: z
    .array(
      z.object({
        id: z
          .string()
          .regex(/^TDX_[0-9a-fA-F]{2}$/)
          .transform((text) => Number.parseInt(text.slice(4), 16)),
        ...module,
        tcbLevels: enclaveLevels,
      }),
    )
    .max(256)
    .default([])
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "an identity occurs twice"),
  tcbLevels: z
    .array(
      z.object({
        tcb: z.object({ sgxtcbcomponents: components, pcesvn: svn16, tdxtcbcomponents: components }),
        tcbStatus: status,
        advisoryIDs: advisories,
      }),
    )
    .min(1)
    .max(256),
});

const qeIdentitySchema = z.object({
  id: z.literal("TD_QE"),
  version: z.literal(2),
  tcbEvaluationDataNumber: evaluationNumber,
  miscselect: hex(4),
  miscselectMask: hex(4),
  attributes: hex(16),
  attributesMask: hex(16),
  mrsigner: hex(32),
  isvprodid: svn16,
  tcbLevels: enclaveLevels,
});

/** TCB info of TDX, version 3: what each state of a platform is worth. */
export type TcbInfo = z.output<typeof tcbInfoSchema>;
/** Identity of the TD quoting enclave, version 2. */
export type QeIdentity = z.output<typeof qeIdentitySchema>;
/** Both moments belong to the window. */
export type ValidityWindow = z.output<typeof windowSchema>;

/** The JSON value of a signed document, which nobody can change. */
export interface ParsedDocument {
  readonly value: unknown;
}

/** TCB info of some platforms, and the identities. */
const knownDocuments = new Memo<string, ParsedDocument>(16);

/** Parses a signed document, unless it was parsed before. Throws `JsonError` or {@link LayoutError}. */
export function parseDocument(text: string): ParsedDocument {
  if (text.length > signedDocumentLimit) throw new LayoutError("the document is too large");
  return knownDocuments.find(text) ?? knownDocuments.keep(text, { value: freeze(parseStrictJson(text)) });
}

/** When a document counts. Throws {@link LayoutError}. */
export const readWindow: (document: ParsedDocument) => ValidityWindow = derived(({ value }) =>
  read(windowSchema, value),
);

/** Throws {@link LayoutError} for a document that is not TCB info of TDX, version 3. */
export const readTcbInfo: (document: ParsedDocument) => TcbInfo = derived(({ value }) =>
  read(tcbInfoSchema, value),
);

/** Throws {@link LayoutError} for a document that is not the identity of the TD quoting enclave, version 2. */
export const readQeIdentity: (document: ParsedDocument) => QeIdentity = derived(({ value }) =>
  read(qeIdentitySchema, value),
);

function freeze(value: unknown): unknown {
  if (typeof value === "object" && value !== null) for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}

function read<T extends z.ZodType>(schema: T, document: unknown): z.output<T> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new LayoutError(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "not accepted"}`);
}
