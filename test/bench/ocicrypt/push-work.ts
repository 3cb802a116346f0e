/** Pushes an image of a layout in a process of its own. The last argument is a JSON `PushWork`. */
import { copy, RemoteRepository } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";

export interface PushWork {
  /** Folder of the layout, with the image tagged `v1`. */
  readonly layout: string;
  /** `registry/repository`, where it gets the same tag. */
  readonly repository: string;
}

/** What it prints. */
export interface PushResult {
  /** Without the start of the process. */
  readonly seconds: number;
}

const { layout, repository } = JSON.parse(process.argv.at(-1) ?? "") as PushWork;
const start = performance.now();
const target = new RemoteRepository({ reference: repository });
await copy(await openLayout(layout), "v1", target, { tags: ["v1"] });
const seconds = (performance.now() - start) / 1000;
const result: PushResult = { seconds };
process.stdout.write(JSON.stringify(result));
