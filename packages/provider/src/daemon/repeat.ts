/**
 * Repeats work until the signal, with a pause before each time. Work that runs is finished; what it throws is told to
 * `failed`, and the next time comes all the same.
 */
export async function repeat(
  work: () => Promise<unknown>,
  milliseconds: number,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await pause(milliseconds, signal);
    if (!signal.aborted) await work().catch(failed);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    // Timers hold 31 bits of milliseconds.
    const timer = setTimeout(end, Math.min(milliseconds, 2_147_483_647));
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
