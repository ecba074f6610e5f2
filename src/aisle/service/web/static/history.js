// The dialog with past decisions, from which a product can be looked at again.
import { decided, make, moment, thumbnail, titleOf } from "./elements.js";
import { review } from "./requests.js";

export class PastDecisions {
  constructor(desk) {
    this.desk = desk;
    this.dialog = desk.querySelector("dialog.past");
    this.list = this.dialog.querySelector("ol");
    this.dialog.addEventListener("click", (event) => this.clicked(event.target.closest("button")));
  }
  async open() {
    this.dialog.showModal();
    this.list.replaceChildren();
    this.tell("Decisions are being sent first…");
    await this.desk.outbox.sending;
    await this.load("mine");
  }
  async load(whose) {
    this.whose = whose;
    for (const one of this.dialog.querySelectorAll("[data-whose]"))
      one.setAttribute("aria-pressed", one.dataset.whose === whose);
    const items = await this.ask();
    if (items && this.whose === whose) this.list.replaceChildren(...(items.length ? items : [none()]));
  }
  async older(button) {
    button.disabled = true;
    const items = await this.ask(button.dataset.older);
    button.disabled = false;
    const item = button.closest("li");
    if (!items || !item.isConnected) return;
    item.replaceWith(...items);
    items[0]?.querySelector("button")?.focus();
  }
  // Items of the list, from a decision on; null where the server does not answer.
  async ask(before = "") {
    this.tell("");
    try {
      const query = new URLSearchParams({ whose: this.whose, ...(before && { before }) });
      const { decisions, older } = await review(`history?${query}`);
      return [...decisions.map(row), ...(older ? [showOlder(older)] : [])];
    } catch {
      this.tell("The decisions could not be fetched; the server does not answer.");
      return null;
    }
  }
  tell(sentence) {
    this.dialog.querySelector(".missed").textContent = sentence;
  }
  clicked(button) {
    if (!button) return;
    const { whose, older, again } = button.dataset;
    if (whose) this.load(whose);
    else if (older) this.older(button);
    else if (again) {
      this.dialog.close();
      this.desk.lookAgain(Number(again));
    }
  }
}

function row(record) {
  const title = titleOf(record);
  return make(
    "li",
    { class: record.undone_at ? "undone" : null },
    record.pictures.length ? thumbnail(record.pictures[0], 64) : make("span", { class: "blank" }),
    make(
      "div",
      {},
      make("p", { class: "title", text: title }),
      make("p", {}, make("b", { text: decided(record) }), record.undone_at ? [" · taken back ", moment(record.undone_at)] : null),
      make("p", { class: "note" }, `${record.reviewer} · `, moment(record.at))
    ),
    make("button", { type: "button", class: "quiet", "data-again": record.id, "aria-label": `Look again at ${title}`, text: "Look again" })
  );
}

const none = () => make("li", { class: "none", text: "No decisions here." });

const showOlder = (older) =>
  make("li", { class: "older" }, make("button", { type: "button", class: "quiet", "data-older": older, text: "Show older" }));
