/** One step of a program of the suite. */
export type Step =
  /** Writes a line. */
  | { readonly print: string; readonly stream?: "stdout" | "stderr" }
  /** Appends a line to a file; prints `refused` if that fails. */
  | { readonly append: string; readonly line: string }
  /** Prints a file, or `missing`. */
  | { readonly show: string }
  /** Starts answering `GET /` on the port with the text. */
  | { readonly serve: string; readonly port: number }
  /** Milliseconds. */
  | { readonly wait: number }
  /** Ends with this code. */
  | { readonly exit: number };

/** What the program of an image does, step by step; without an `exit` it runs until it is stopped. */
export type Program = readonly Step[];
