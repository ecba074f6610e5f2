// Elements made from what the API answers; all text in them is text, never markup.

// An element: `class` and other names of attributes, `text` for its content; null leaves one out.
export function make(tag, attributes = {}, ...children) {
  const { text, ...named } = attributes;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(named))
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

export const number = (value) => value.toLocaleString("en-US");
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
export const named = (path) => path.join(" > ");
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export function moment(at) {
  const text = new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return make("time", { datetime: at, text });
}

export function decided({ action, category }) {
  return { assign: () => named(category), skip: () => "Skipped", no_category: () => "No category fits" }[action]();
}

export const pictureAddress = (digest, width = 0) => `/v1/review/pictures/${digest}${width ? `?width=${width}` : ""}`;

export function thumbnail(digest, size) {
  return make("img", { src: pictureAddress(digest, 160), alt: "", width: size, height: size, loading: "lazy" });
}

// The name of a category, the nodes above it paler.
export function path(category) {
  const above = category.slice(0, -1);
  return [above.length ? make("span", { class: "above", text: `${named(above)} > ` }) : null, make("b", { text: category.at(-1) })];
}

export function titleOf({ texts, key }) {
  const first = texts.find(Boolean) ?? "";
  return first.length > 140 ? `${first.slice(0, 140)}…` : first || `Product ${key}`;
}
