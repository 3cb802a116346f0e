import { DerError } from "./der-error.ts";
import type { DerElement } from "./reader.ts";
import { tags } from "./tags.ts";

/** A UTCTime (1950 to 2049) or GeneralizedTime in the forms that RFC 5280 section 4.1.2.5 permits. */
export function readTime({ tag, content }: DerElement): Date {
  const digits = tag === tags.utcTime ? 12 : tag === tags.generalizedTime ? 14 : 0;
  if (digits === 0 || content.length !== digits + 1 || content[digits] !== 0x5a)
    throw new DerError("not a time in UTC");
  const pair = (index: number) => {
    const [high, low] = [content[index]! - 0x30, content[index + 1]! - 0x30];
    if (high < 0 || high > 9 || low < 0 || low > 9) throw new DerError("not a time in UTC");
    return high * 10 + low;
  };
  const short = pair(digits - 12);
  const year = digits === 14 ? pair(0) * 100 + short : short + (short < 50 ? 2000 : 1900);
  const [month, day] = [pair(digits - 10), pair(digits - 8)];
  const [hour, minute, second] = [pair(digits - 6), pair(digits - 4), pair(digits - 2)];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  // February 30 would be March 2.
  if (!same) throw new DerError("no such time");
  return date;
}
