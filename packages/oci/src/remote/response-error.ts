import { ApocError, type ErrorDescriptor, type NextStep } from "@apoc/errors";
import { ociErrors } from "../errors.ts";
import { readLimited } from "./body.ts";

/** Greatest error body that is read, in bytes. */
const bodyLimit = 64 * 1024;

/** distribution-spec, "Error Codes" */
interface RegistryErrors {
  errors?: { code?: unknown; message?: unknown }[];
}

/** Turns a refused response into a coded error; the registry's own code and text go into `actual`. */
export async function responseError(response: Response, field: string, registry: string): Promise<ApocError> {
  const { code, message } = await registryError(response);
  const actual = [`${response.status}`, code, message].filter((part) => part !== undefined).join(" ");
  const descriptor = descriptorFor(response.status, code);
  const unauthorized = descriptor === ociErrors.REGISTRY_UNAUTHORIZED;
  const next: NextStep | undefined = unauthorized
    ? { action: "log-in-registry", subject: registry }
    : undefined;
  return new ApocError(descriptor, { field, actual, next });
}

function descriptorFor(status: number, code: string | undefined): ErrorDescriptor {
  if (code === "NAME_UNKNOWN") return ociErrors.REGISTRY_NAME_UNKNOWN;
  if (status === 401) return ociErrors.REGISTRY_UNAUTHORIZED;
  if (status === 403) return ociErrors.REGISTRY_DENIED;
  if (status === 404) return ociErrors.NOT_FOUND;
  if (status === 429 || status >= 500) return ociErrors.REGISTRY_UNAVAILABLE;
  return ociErrors.REGISTRY_REFUSED;
}

async function registryError(response: Response): Promise<{ code?: string; message?: string }> {
  try {
    const bytes = await readLimited(response, bodyLimit);
    const first = (JSON.parse(new TextDecoder().decode(bytes)) as RegistryErrors).errors?.[0];
    return {
      ...(typeof first?.code === "string" ? { code: clean(first.code) } : {}),
      ...(typeof first?.message === "string" ? { message: clean(first.message) } : {}),
    };
  } catch {
    return {};
  }
}

/** A registry's text ends in a terminal: no control characters, one line, short. */
function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200);
}
