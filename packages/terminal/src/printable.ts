/** The colours of `color.ts`, as they look in a text that is painted already. */
// oxlint-disable-next-line no-control-regex
const paintCodes = /\u001b\[(?:1|2|22|31|32|33|36|39)m/y;

// Control characters but line feed and tab, and those that turn the direction of text around.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text that may go to a terminal. Names, images and answers of others end up in it: none of them may move the cursor,
 * hide what stands there, or ring the bell. Our own colours stay.
 */
export function printable(text: string): string {
  return text.replace(unsafe, (char, at: number) => {
    paintCodes.lastIndex = at;
    return char === "\u001b" && paintCodes.test(text) ? char : "\ufffd";
  });
}

/** The same for a text that nobody has painted yet: no colours of others either. */
export function unpainted(text: string): string {
  return text.replace(unsafe, "\ufffd");
}
