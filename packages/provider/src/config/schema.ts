import { addressSchema, chainName, findDeployment } from "@apoc/core";
import { z } from "zod";

const decimal = z
  .union([z.string(), z.number().nonnegative()])
  .transform(String)
  .refine((text) => /^\d{1,30}(\.\d{1,36})?$/.test(text), "a decimal amount of tokens such as 0.04");
const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, "host:port")
  .transform((text) => {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, "a port up to 65535");
const httpUrl = z.url({ protocol: /^https?$/, error: "an http or https URL" });
const path = z.string().min(1).max(4096);
const seconds = z.int().min(0).max(31_536_000);

const chainSchema = z
  .strictObject({
    /** CAIP-2 (`eip155:31337`), or the bare number. */
    id: z.union([
      z.int().positive(),
      z
        .string()
        .regex(/^eip155:[1-9]\d{0,14}$/, "a CAIP-2 id such as eip155:31337")
        .transform((text) => Number(text.slice("eip155:".length))),
    ]),
    /** All are asked, and must agree. */
    rpc: z.array(httpUrl).min(1).max(8),
    /** These three are those of the deployments file where it knows the chain. */
    paymentChannel: addressSchema.optional(),
    marketplace: addressSchema.optional(),
    tokens: z.array(addressSchema).min(1).max(16).optional(),
  })
  .transform((chain, context) => {
    const known = findDeployment(chainName(chain.id));
    const {
      paymentChannel = known?.paymentChannel,
      marketplace = known?.marketplace,
      tokens = known?.token === undefined ? undefined : [known.token],
    } = chain;
    const found = { paymentChannel, marketplace, tokens };
    for (const [name, value] of Object.entries(found)) {
      const message = `an address: ${chainName(chain.id)} is not in the deployments file`;
      if (value === undefined) context.addIssue({ code: "custom", path: [name], message });
    }
    // Parsing has failed above where one is not there.
    return { ...chain, ...(found as { [name in keyof typeof found]-?: NonNullable<(typeof found)[name]> }) };
  });

/** provider.yaml; unknown keys are errors. */
export const providerConfigSchema = z.strictObject({
  /** Needed for a development attester, which protects nothing. */
  development: z.boolean().default(false),
  listen: listen.default({ host: "127.0.0.1", port: 8443 }),
  ingress: z
    .strictObject({
      listen: listen.default({ host: "127.0.0.1", port: 8080 }),
      /** Pods are served below this host name. */
      suffix: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,180}[a-z0-9])?$/, "a host name in lower case"),
      /** URL of the suffix as seen from outside, where it differs from the listener. */
      url: httpUrl.optional(),
    })
    .optional(),
  chain: chainSchema,
  /** Name of the wallet that accepts, claims and pays the network fees. */
  wallet: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "the name of a wallet"),
  /** Relative to this file. */
  dataDir: path.default("data"),
  engine: z.strictObject({ socket: path.optional() }).default({}),
  attester: z
    .strictObject({
      /** Unix socket of a development attester. */
      development: path.optional(),
      /** The TEE that the provider runs in, by the kernel's configfs-tsm. */
      configfs: z.literal(true).optional(),
      /** With configfs: VMPL of the reports; the kernel's own unless given. */
      privlevel: z.int().min(0).max(3).optional(),
      /** With configfs: a mirror of AMD's Key Distribution Service. */
      kds: httpUrl.optional(),
    })
    .refine(
      ({ development, configfs, ...rest }) =>
        (development === undefined) !== (configfs === undefined) &&
        (configfs === true || Object.values(rest).every((value) => value === undefined)),
      "either development: <unix socket>, or configfs: true with privlevel and kds if wanted",
    )
    .optional(),
  /** Tokens per hour. */
  prices: z.strictObject({ cpuCoreHour: decimal, memoryGiBHour: decimal, storageGiBHour: decimal }),
  policy: z
    .strictObject({
      confirmations: z.int().min(0).max(10_000).default(3),
      maxHeadAgeSeconds: z.int().min(1).max(86_400).default(120),
      minRunwaySeconds: seconds.default(600),
      minGraceSeconds: seconds.default(600),
      monitors: z
        .array(z.strictObject({ address: addressSchema, url: httpUrl }))
        .max(16)
        .default([]),
    })
    .prefault({}),
  claim: z
    .strictObject({
      intervalSeconds: z.int().min(1).max(2_592_000).default(3600),
      /** Tokens below which a claim is not worth its fee; a claim at shutdown or removal ignores it. */
      minimum: decimal.default("0"),
    })
    .prefault({}),
  images: z
    .strictObject({
      /** Bytes of one image as it lies in the registry. */
      maxImageBytes: z
        .int()
        .positive()
        .default(8 * 1024 ** 3),
      /** Bytes of all images kept. */
      maxStoreBytes: z
        .int()
        .positive()
        .default(64 * 1024 ** 3),
      /** Hosts, as they stand in references and URLs, that may be asked although they are not on the public internet. */
      privateRegistries: z
        .array(z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/, "host[:port] in lower case"))
        .max(64)
        .default([]),
      /** Base URLs of trustless gateways for images in IPFS, asked in this order; none: such images are not run. */
      ipfsGateways: z.array(httpUrl).max(8).default([]),
    })
    .prefault({}),
  /** How long pods run on while the chain that is seen is stale or forked. */
  suspendAfterSeconds: z.int().min(10).max(604_800).default(1800),
});

/** Content of provider.yaml, defaults filled in. */
export type ProviderConfig = z.output<typeof providerConfigSchema>;
