import { isApocError } from "@apoc/errors";

/** Options by the fields of requests that use cases name in their errors. */
const options: ReadonlyMap<string | undefined, string> = new Map([
  ["seconds", "--for"],
  ["offers", "--offer"],
  ["container", "--container"],
]);

/** Does work whose errors name fields of a request, and names the options of the command line instead. */
export async function inOptions<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const option = isApocError(error) ? options.get(error.field) : undefined;
    throw isApocError(error) && option !== undefined ? error.with({ field: option }) : error;
  }
}
