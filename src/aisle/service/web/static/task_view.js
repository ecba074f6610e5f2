// What a reviewer sees of a product.
import { counted, decided, make, moment, named, number, path, percent, pictureAddress, thumbnail, titleOf } from "./elements.js";

const PICTURES = 8;

// What the keys stand for: the model's answer first.
const shortlist = ({ shortlist: found, category, confidence }) =>
  found.length || !category ? found : [{ category, confidence }];

export function taskView({ product, alike, standing }, duplicates) {
  return make(
    "article",
    { class: "task", "aria-labelledby": "task-title" },
    shown(product.pictures.slice(0, PICTURES)),
    asked(product, standing),
    duplicates.length ? together(product, Math.max(alike, duplicates.length), duplicates) : null
  );
}

function shown(pictures) {
  const [main] = pictures;
  if (!main) return make("div", { class: "shown" }, make("p", { class: "blank", text: "No picture" }));
  const size = { width: 640, height: 640 };
  const views = pictures.map((digest, place) =>
    make("button", { type: "button", "data-view": pictureAddress(digest), "aria-label": `Picture ${place + 1}`, "aria-pressed": String(!place) }, thumbnail(digest, 56))
  );
  return make(
    "div",
    { class: "shown" },
    make("img", { class: "main", decoding: "sync", src: pictureAddress(main), alt: "Picture of the product", ...size }),
    views.length > 1 ? make("p", { class: "views" }, views) : null
  );
}

function asked(product, standing) {
  const title = titleOf(product);
  const [first, ...others] = product.texts.filter(Boolean);
  const texts = first === undefined || first === title ? others : [first, ...others];
  const found = shortlist(product);
  return make(
    "div",
    { class: "asked" },
    make("h2", { id: "task-title", tabindex: "-1", text: title }),
    texts.length
      ? make("div", { class: "texts", tabindex: "0", role: "group", "aria-label": "More about the product" }, texts.map((text) => make("p", { text })))
      : null,
    standing ? stands(standing) : null,
    reason(product),
    found.length
      ? make("ol", { class: "shortlist", "aria-label": "The most probable categories" }, found.slice(0, 5).map(choice))
      : make("p", { class: "note", text: "The model has no proposal; search in the tree." })
  );
}

function stands(standing) {
  const said = make("b", { text: decided(standing) });
  return make(
    "p",
    { class: "standing" },
    make("span", {}, "Decided: ", said, `, ${standing.reviewer}, `, moment(standing.at), ". That stands until you decide."),
    make("button", { type: "button", class: "quiet", "data-do": "keep" }, make("kbd", { "aria-hidden": "true", text: "k" }), " Keep it")
  );
}

function reason({ reason, value, skips, key }) {
  const more = [value ? `worth ${number(value)}` : "", skips ? `skipped ${skips === 1 ? "once" : `${skips} times`}` : ""];
  return make(
    "p",
    { class: "reason" },
    make("b", { text: "Why it is here:" }),
    [` ${reason || "the model gave no reason"}`, ...more.filter(Boolean), ""].join(" · "),
    make("span", { class: "shop-key", text: key })
  );
}

function choice({ category, confidence }, place) {
  const digit = String(place + 1);
  const button = { type: "button", class: "choice", "aria-keyshortcuts": digit, "data-digit": digit };
  return make(
    "li",
    {},
    make(
      "button",
      { ...button, "data-category": JSON.stringify(category), "data-name": named(category) },
      make("kbd", { "aria-hidden": "true", text: digit }),
      make("span", { class: "path" }, path(category)),
      make("span", { class: "sure", text: percent(confidence) }),
      make("i", { "aria-hidden": "true", style: `--share: ${confidence.toFixed(4)}` })
    )
  );
}

function together(product, count, duplicates) {
  const more = count > duplicates.length ? `, the first ${duplicates.length} here` : "";
  return make(
    "fieldset",
    { class: "alike" },
    make("legend", { text: `${number(count)} more like it${more}` }),
    make("div", { class: "others" }, duplicates.map(duplicate)),
    shortlist(product).length ? accept(shortlist(product), duplicates.length + 1) : null
  );
}

function duplicate({ key, version, texts, pictures }) {
  return make(
    "label",
    {},
    make("input", { type: "checkbox", value: key, "data-version": version, checked: true }),
    pictures.length ? thumbnail(pictures[0], 56) : null,
    make("span", { text: titleOf({ texts, key }) })
  );
}

function accept(found, ticked) {
  const options = found.map(({ category }) => make("option", { value: JSON.stringify(category), text: named(category) }));
  return make(
    "p",
    { class: "together" },
    make("label", { for: "together", text: "All ticked are" }),
    make("select", { id: "together", class: "field" }, options),
    make("button", { type: "button", class: "action", "data-do": "together" }, make("kbd", { "aria-hidden": "true", text: "a" }), " Accept ", make("span", { "data-ticked": true, text: ticked }), " together")
  );
}

// What stands in a product's place where none is left.
export function nothingView({ held, decided: done, no_category: unfit }) {
  const waits = make("p", { class: "note", text: "What comes in shows up here by itself." });
  if (held)
    return make(
      "article",
      { class: "nothing" },
      make("h2", { id: "task-title", tabindex: "-1", text: "Nothing left for you at the moment" }),
      make("p", { class: "lead", text: `${counted(held, "product")} ${held === 1 ? "is" : "are"} with other reviewers. What they give back, and what comes in, shows up here by itself.` })
    );
  return make(
    "article",
    { class: "nothing" },
    make("h2", { id: "task-title", tabindex: "-1", text: done + unfit ? "All done" : "The queue is empty" }),
    make("p", { class: "lead", text: "Products that the model would not assign come here: upload a table below, or send what a run did not assign:" }),
    make("p", {}, make("code", { class: "command", text: `aisle predict catalogue.parquet --to placed.parquet --to-review ${location.origin}` })),
    waits
  );
}
