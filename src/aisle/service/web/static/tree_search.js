// The dialog in which a category of the tree is found.
import { make, named, path } from "./elements.js";
import { review } from "./requests.js";

export class TreeSearch {
  constructor(desk) {
    this.desk = desk;
    this.dialog = desk.querySelector("dialog.search");
    this.input = this.dialog.querySelector("input[role=combobox]");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.also = this.dialog.querySelector(".with-alike");
    this.input.addEventListener("input", () => {
      this.wanted = null;
      this.find();
    });
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.pick(event.target.closest("li")));
  }
  open() {
    if (!this.desk.holds()) return;
    this.lease = this.desk.held[0].lease;
    this.input.value = "";
    this.wanted = null;
    this.also.hidden = !this.desk.stage.querySelector(".others input:checked");
    this.also.querySelector("input").checked = false;
    this.dialog.showModal();
    this.input.focus();
    this.find();
  }
  async find() {
    this.asking?.abort();
    this.asking = new AbortController();
    const query = this.input.value;
    this.found = null;
    try {
      const { categories } = await review(`categories?q=${encodeURIComponent(query)}`, { signal: this.asking.signal });
      this.list.replaceChildren(...categories.map(match));
      this.found = query;
      this.dialog.querySelector(".none").hidden = categories.length > 0;
      this.select(query.trim() ? this.list.firstElementChild : null);
      if (this.wanted === query) this.enter();
    } catch (error) {
      if (error.name !== "AbortError") this.desk.trouble("The tree could not be searched; the server does not answer.");
    }
  }
  select(item) {
    for (const one of this.list.children) one.setAttribute("aria-selected", one === item);
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }
  get selected() {
    return this.list.querySelector('[aria-selected="true"]');
  }
  pressed(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (step && event.target === this.input) {
      event.preventDefault();
      const next = this.selected ? this.selected[step] : this.list.firstElementChild;
      if (next) this.select(next);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (!event.repeat) this.enter();
    }
  }
  // Enter counts for what was typed, not for what was found for fewer letters.
  enter() {
    this.wanted = this.found === this.input.value ? null : this.input.value;
    if (this.wanted === null) this.pick(this.selected);
  }
  pick(item) {
    if (!item) return;
    const also = this.also.querySelector("input").checked ? this.desk.ticked() : undefined;
    this.dialog.close();
    if (this.desk.held[0]?.lease !== this.lease) return;
    this.desk.decide(JSON.parse(item.dataset.category), item.dataset.name, also);
  }
}

function match(category, place) {
  const data = { "data-category": JSON.stringify(category), "data-name": named(category) };
  return make("li", { role: "option", id: `match-${place}`, "aria-selected": "false", ...data }, path(category));
}
