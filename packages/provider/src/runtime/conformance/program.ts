/** One step of a program of the suite. */
export type Step =
  /** Writes a line. */
  | { readonly print: string; readonly stream?: "stdout" | "stderr" }
  /** Appends a line to a file; prints `refused` where that is not possible. */
  | { readonly append: string; readonly line: string }
  /** Prints a file, or `missing`. */
  | { readonly show: string }
  /** From now on answers `GET /` at the port with the text. */
  | { readonly serve: string; readonly port: number }
  /** Milliseconds. */
  | { readonly wait: number }
  /** Ends with this code. */
  | { readonly exit: number };

/** What the program of an image does, step after step; without an `exit` it goes on until somebody ends it. */
export type Program = readonly Step[];
