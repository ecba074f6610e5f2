// What each key does, by the name of a method of the desk or of a dialog.
export const ACTS = {
  "/": "search",
  "?": "keys",
  a: "together",
  k: "keep",
  n: "nothingFits",
  p: "past",
  s: "skip",
  u: "undo",
};

export function typing(target) {
  if (target.closest("dialog:not([open])")) return false; // has just been closed, focus is on its way
  return target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=file])");
}

export function digitOf(event) {
  if (/^[1-5]$/.test(event.key)) return event.key;
  return event.shiftKey ? null : /^Digit([1-5])$/.exec(event.code)?.[1]; // rows of digits that need Shift
}
