import { isIPv4 } from "node:net";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";

/** Where a gRPC server listens. */
export type GrpcAddress =
  | { readonly host: string; readonly port: number }
  /** Absolute path of a Unix socket. */
  | { readonly path: string };

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `dns:///HOST:PORT`, `unix:///PATH` or `unix:/PATH`, the forms of gRPC's naming
 * (grpc, doc/naming.md) that can be meant here.
 * @throws KEY_PROVIDER_CONFIG
 */
export function parseGrpcAddress(text: string, field = "grpc"): GrpcAddress {
  const path = /^unix:(?:\/\/)?(\/.+)$/s.exec(text)?.[1];
  if (path !== undefined && !path.includes("\0")) return { path };
  const [, bracketed, plain, digits] =
    /^(?:dns:\/\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65535) return { host, port };
  throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, {
    field,
    expected: "HOST:PORT or unix:///PATH",
    actual: text.slice(0, 80),
  });
}

/** Whether what is sent there stays on this machine. */
export function isLocal(address: GrpcAddress): boolean {
  if ("path" in address) return true;
  const { host } = address;
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Inverse of {@link parseGrpcAddress}, as `ocicrypt_keyprovider.conf` takes it. */
export function formatGrpcAddress(address: GrpcAddress): string {
  if ("path" in address) return `unix://${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
