import { constants } from "node:fs";
import { mkdir, open, rmdir } from "node:fs/promises";

/** An open attribute: the three system calls that its kernel interface knows. It has no position to seek. */
export interface TsmHandle {
  /** read(2): how many bytes were put into `buffer`; 0 at the end. */
  read(buffer: Uint8Array): Promise<number>;
  /** write(2): how many bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** close(2). For binary attributes this is when the kernel looks at what was written, and it does not tell. */
  close(): Promise<void>;
}

/** The file operations of configfs-tsm. Failures are those of Node, with `code` set to the name of the errno. */
export interface TsmFiles {
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  open(path: string, mode: "read" | "write"): Promise<TsmHandle>;
}

/** The operations of this machine's kernel. */
export const kernelFiles: TsmFiles = {
  mkdir: (path) => mkdir(path),
  rmdir: (path) => rmdir(path),
  async open(path, mode) {
    // Neither O_CREAT nor O_TRUNC, as "w" would have: the attributes are there, and of no size.
    const file = await open(path, mode === "read" ? constants.O_RDONLY : constants.O_WRONLY);
    return {
      // A position of null is read(2) and write(2); a number would be pread(2), which these files need not know.
      read: async (buffer) => (await file.read(buffer, 0, buffer.length, null)).bytesRead,
      write: async (bytes) => (await file.write(bytes, 0, bytes.length, null)).bytesWritten,
      close: () => file.close(),
    };
  },
};
