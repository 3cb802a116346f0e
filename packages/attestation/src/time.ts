/** RFC 3339 UTC time with a resolution of seconds, `2026-01-31T12:00:00Z`; fractions are cut off. */
export function toTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
