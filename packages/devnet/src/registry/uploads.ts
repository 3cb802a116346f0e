import { randomUUID } from "node:crypto";
import type { BlobStore, BlobWriter } from "./blob-store.ts";

/** An upload that has begun and not ended. */
export interface UploadSession {
  readonly id: string;
  readonly repository: string;
  readonly writer: BlobWriter;
  /** The request that is writing, until it ends; another one waits for that, and is refused when it takes long. */
  writing: Promise<void> | undefined;
}

const maxSessions = 10_000;

/** The uploads under way. Oldest ones are abandoned when there are too many. */
export class Uploads {
  readonly #sessions = new Map<string, UploadSession>();
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  async begin(repository: string): Promise<UploadSession> {
    const session: UploadSession = {
      id: randomUUID(),
      repository,
      writer: await this.#blobs.create(),
      writing: undefined,
    };
    this.#sessions.set(session.id, session);
    const [oldest] = this.#sessions.values();
    if (this.#sessions.size > maxSessions && oldest !== undefined) await this.cancel(oldest);
    return session;
  }

  find(repository: string, id: string): UploadSession | undefined {
    const session = this.#sessions.get(id);
    return session?.repository === repository ? session : undefined;
  }

  /** Forgets a session whose writer was committed. */
  end(session: UploadSession): void {
    this.#sessions.delete(session.id);
  }

  async cancel(session: UploadSession): Promise<void> {
    this.end(session);
    await session.writer.discard();
  }

  async cancelAll(): Promise<void> {
    for (const session of this.#sessions.values()) await this.cancel(session);
  }
}
