// Texts as a ticket system takes them: plain, and not too long.

const CUT = "(Cut here: the system takes no more. The whole text is in Provisor.)";

/** One line: what breaks lines or cannot be seen becomes a space. */
export const oneLine = (text) => text.replace(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();

/** The text with at most so many characters; what was cut off shows as `…`. */
export function cut(text, most) {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("").trimEnd()}…`;
}

/** A description as plain text with at most so many characters; if it was cut, it says so. */
export function plain(blocks, most) {
  const text = blocks.map(plainBlock).join("\n\n");
  return [...text].length <= most ? text : `${cut(text, most - CUT.length - 2)}\n\n${CUT}`;
}

function plainBlock({ tag, val }) {
  switch (tag) {
    case "heading":
      return oneLine(val).toUpperCase();
    case "paragraph":
      return val.map(plainSpan).join("");
    case "bullets":
      return val.map((item) => `* ${plainItem(item)}`).join("\n");
    case "steps":
      return val.map((item, place) => `${place + 1}. ${plainItem(item)}`).join("\n");
    case "table":
      return [val.head, ...val.rows].map((row) => row.map(oneLine).join(" | ")).join("\n");
  }
}

const plainItem = (spans) => oneLine(spans.map(plainSpan).join(""));

const plainSpan = ({ text, link }) => (link && link !== text ? `${text} (${link})` : text);
