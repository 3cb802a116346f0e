/** One column: heading, value of a row, and `right` for amounts. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "left" | "right";
}

/** Lays rows out: aligned with headings for people, tab separated without headings for programs. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  aligned: boolean,
): string {
  const cells = rows.map((row) => columns.map((column) => clean(column.value(row))));
  if (!aligned) return cells.map((row) => row.join("\t")).join("\n");
  const all = [columns.map((column) => column.title), ...cells];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A cell is one line: what comes from others must not move the cursor or fake a row. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
