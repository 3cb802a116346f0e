/** Milliseconds for which an answer waits for the first line. */
const firstLineMilliseconds = 500;

/**
 * Begins to read lines and waits a moment for the first, so that what fails at once is answered as an error and not as a
 * stream that breaks off. Throws what reading throws.
 */
export async function beginLines<T>(lines: AsyncIterable<T>): Promise<AsyncIterator<T>> {
  const iterator = lines[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<T>> | undefined = iterator.next();
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, firstLineMilliseconds)));
  await Promise.race([first, patience]).finally(() => clearTimeout(timer));
  return {
    next() {
      const line = first ?? iterator.next();
      first = undefined;
      return line;
    },
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
  };
}

/** Values as a stream of JSON lines, as fast as the reader takes them. A reader that goes away aborts `stop`. */
export function jsonLines(
  iterator: AsyncIterator<unknown>,
  stop: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
      },
      async cancel() {
        stop.abort();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
