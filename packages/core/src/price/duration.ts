/** `30 days (720 h)`, `2 h`, `90 min`, `45 s`: exact where it can be said in one unit. */
export function formatDuration(seconds: number): string {
  if (seconds >= 86_400 && seconds % 86_400 === 0) {
    const days = seconds / 86_400;
    return `${days} ${days === 1 ? "day" : "days"} (${days * 24} h)`;
  }
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

/** `12 d`, `5 h`, `3 min`: how long funds last, rounded down. */
export function formatRunway(seconds: number): string {
  if (seconds === Number.POSITIVE_INFINITY) return "no end";
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ] as const;
  const unit = units.find(([size]) => seconds >= size);
  return unit === undefined ? `${Math.floor(seconds)} s` : `${Math.floor(seconds / unit[0])} ${unit[1]}`;
}
