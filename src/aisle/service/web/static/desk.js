// The review desk: the product in view, the one behind it, and what keys and buttons do.
import { make, pictureAddress, titleOf } from "./elements.js";
import { PastDecisions } from "./history.js";
import { ACTS, digitOf, typing } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Progress } from "./progress.js";
import { LOST, pause, persist, post, review } from "./requests.js";
import { nothingView, taskView } from "./task_view.js";
import { TreeSearch } from "./tree_search.js";
import { watchForms } from "./upload.js";

const SETTLE = 150; // milliseconds that a product must have been in view before a key counts
const AHEAD = 1; // products held besides the one in view, so that the next is there at once
const READING = 6000; // milliseconds that a message about something that went wrong stays at least
const frame = () => new Promise((done) => requestAnimationFrame(done));

class ReviewDesk extends HTMLElement {
  connectedCallback() {
    if (this.held) return;
    this.held = []; // the first is in view, the others come next
    this.coming = null; // the lease of a product that is being prepared
    this.ready = false; // whether the product in view has been seen
    this.order = localStorage.getItem("aisle-order") ?? "worst";
    this.stage = this.querySelector(".stage");
    this.progress = new Progress(document.getElementById("progress"), document.getElementById("upload"));
    watchForms(this.progress);
    this.outbox = new Outbox(this);
    this.search = new TreeSearch(this);
    this.past = new PastDecisions(this);
    this.keys = this.querySelector("dialog.keys");
    this.mark();
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("change", () => this.count());
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("submit", (event) => event.target.matches("[action='/sign-out']") && this.leave());
    document.addEventListener("visibilitychange", () => document.hidden || this.renew());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.begin();
  }

  async begin() {
    await this.outbox.sending;
    await this.fill();
    this.keepOn();
  }

  // What happens by itself while the page is open.
  async keepOn() {
    for (;;) {
      await pause(this.held.length ? Math.min(this.held[0].seconds / 3, 60) * 1000 : 2000);
      if (document.hidden) continue;
      await (this.held.length ? this.renew() : this.fill());
    }
  }

  // Takes products until one is in view and one waits behind it.
  fill() {
    if (this.undoing) return null;
    this.filling ??= this.take().finally(() => (this.filling = null));
    return this.filling;
  }
  async take() {
    while (this.held.length <= AHEAD) {
      if (!this.held.length) await this.outbox.sending;
      const taken = await this.leased().catch((error) => this.unanswered(error));
      if (!taken) return;
      this.answered();
      if (!taken.task) {
        if (!this.held.length) this.nothing(taken.progress);
        return;
      }
      this.held.push(taken.task);
      if (this.held.length === 1) this.show();
    }
  }
  // The next product, or how far the queue is where there is none.
  async leased() {
    const { task } = await post("lease", { order: this.order });
    if (task) return { task: await this.prepared(task) };
    return { progress: this.held.length ? null : await review("progress") };
  }
  // A product with all that is shown of it.
  async prepared(task) {
    task.until = Date.now() + task.seconds * 1000;
    task.title = titleOf(task.product);
    const [picture] = task.product.pictures;
    task.loaded = picture && loaded(pictureAddress(picture));
    this.coming = task.lease;
    const found = task.alike && (await review(`alike/${task.lease}`).catch(() => null));
    this.coming = null;
    task.view = taskView(task, found ? found.products : []);
    return task;
  }
  unanswered(error) {
    if (LOST.has(error.status)) this.lost("Trying again.");
    else this.trouble(`No product came: ${error.message}.`);
  }

  nothing(progress) {
    if (this.stage.dataset.lease !== "none") this.put("none", nothingView(progress));
  }
  put(lease, view) {
    const focused = this.stage.contains(document.activeElement);
    this.stage.dataset.lease = lease;
    this.stage.replaceChildren(view);
    if (focused) this.stage.querySelector("#task-title")?.focus({ preventScroll: true });
  }

  async show() {
    const task = this.held[0];
    this.ready = false;
    delete this.stage.dataset.ready;
    if (!task) {
      this.put("next", make("p", { class: "note loading", text: "Taking the next product…" }));
      return this.fill();
    }
    this.put(task.lease, task.view);
    this.querySelector(".coming").textContent = `Next: ${task.title}`;
    this.bringIntoView();
    await task.loaded;
    await frame();
    await frame();
    this.stage.dataset.shown = performance.now();
    await pause(SETTLE);
    if (this.held[0] !== task) return;
    this.ready = true;
    this.stage.dataset.ready = task.lease;
  }

  // On a small screen the next product begins at the top, with the picture and the short list.
  bringIntoView() {
    const choices = this.stage.querySelector(".shortlist")?.getBoundingClientRect();
    const { top } = this.stage.getBoundingClientRect();
    if (choices?.bottom > innerHeight || top < 0)
      scrollBy(0, top - parseFloat(getComputedStyle(this.stage).scrollMarginTop));
  }

  // Whether an action may fall on the product in view: it is there, was seen, and is still held.
  mayAct() {
    if (!this.holds()) return false;
    if (!this.ready) this.say("Too soon to count: the product had only just come into view.");
    return this.ready;
  }
  // Whether there is a product in view that is still held.
  holds() {
    if (this.undoing || !this.held.length) return false;
    if (Date.now() < this.held[0].until) return true;
    this.lapse(this.held[0]);
    return false;
  }
  lapse(task) {
    this.trouble(`Your hold on “${task.title}” had run out, so nothing was decided for it; here is the next.`);
    this.held = this.held.filter((one) => one !== task && Date.now() < one.until);
    this.show();
    this.fill();
  }

  decide(category, name, also = {}) {
    if (!this.mayAct()) return;
    const task = this.held.shift();
    const body = { lease: task.lease, action: "assign", category, also };
    if (Object.keys(also).length) body.release = this.held.splice(0).map((one) => one.lease);
    this.outbox.put({ title: task.title, name, body });
    this.say("Assigned to", name);
    this.next();
  }
  decideWithout(action, said) {
    if (!this.mayAct()) return;
    const task = this.held.shift();
    this.outbox.put({ title: task.title, body: { lease: task.lease, action } });
    this.say(said);
    this.next();
  }
  skip() {
    this.decideWithout("skip", "Skipped; it comes again at the end.");
  }
  nothingFits() {
    this.decideWithout("no_category", "Kept: no category fits.");
  }
  // Leaves a product that is looked at again as it was decided.
  keep() {
    if (!this.stage.querySelector("[data-do=keep]") || !this.holds()) return;
    const task = this.held.shift();
    release([task.lease]);
    this.say("Kept as it was:", task.title);
    this.next();
  }
  next() {
    if (Date.now() - this.troubled > READING) this.trouble("");
    this.show();
    this.fill();
  }
  undo() {
    return this.bring("undo", "Taken back:", async () => {
      const { decision } = await this.asked(() => review("decisions/last"));
      if (!decision) this.say("There is nothing to take back.");
      return decision?.id ?? null;
    });
  }
  lookAgain(decision) {
    return this.bring("look-again", "Looking again at", () => decision);
  }
  // Brings the product of a decision into view; whatever was held until now is given back for it.
  async bring(path, said, find) {
    if (this.undoing) return;
    this.undoing = true;
    const task = await this.brought(path, find);
    this.undoing = false;
    if (!task) return;
    this.held = [task];
    this.progress.changed();
    this.say(said, task.title);
    this.show();
    this.fill();
  }
  async brought(path, find) {
    try {
      await this.outbox.sending;
      await this.filling;
      const decision = await find();
      if (decision === null) return null;
      const body = { decision, release: this.held.map((one) => one.lease) };
      const { task } = await this.asked(() => post(path, body));
      if (!task) this.say("Somebody else has this product now.");
      return task && (await this.prepared(task));
    } catch (error) {
      this.trouble(`The product did not come again: ${error.message}.`);
      return null;
    }
  }
  async asked(send) {
    const answer = await persist(send, () => this.lost("Trying again."));
    this.answered();
    return answer;
  }
  together() {
    const select = this.stage.querySelector("#together");
    if (!select) return;
    const name = select.selectedOptions[0].textContent;
    this.decide(JSON.parse(select.value), name, this.ticked());
  }
  ticked() {
    const boxes = [...this.stage.querySelectorAll(".others input:checked")];
    return Object.fromEntries(boxes.map((box) => [box.value, box.dataset.version]));
  }
  count() {
    const place = this.stage.querySelector("[data-ticked]");
    if (place) place.textContent = Object.keys(this.ticked()).length + 1;
  }

  async renew() {
    const leases = this.held.map((task) => task.lease);
    if (!leases.length) return;
    const asked = Date.now();
    const stale = new Set();
    for (const lease of leases) {
      try {
        const { seconds } = await post(`lease/${lease}/renew`);
        const task = this.held.find((one) => one.lease === lease);
        if (task) Object.assign(task, { seconds, until: asked + seconds * 1000 });
      } catch (error) {
        if (error.status === 409) stale.add(lease);
      }
    }
    const [shown] = this.held;
    this.held = this.held.filter((task) => !stale.has(task.lease));
    if (shown && !this.held.includes(shown)) this.lapse(shown);
    else this.fill();
  }
  leave() {
    this.ready = false;
    const leases = this.held.splice(0).map((task) => task.lease);
    if (this.coming) leases.push(this.coming);
    for (const lease of leases) navigator.sendBeacon(`/v1/review/lease/${lease}/release`);
  }

  async reorder(order) {
    if (order === this.order) return;
    this.order = order;
    localStorage.setItem("aisle-order", order);
    this.mark();
    await this.filling;
    const leases = this.held.splice(0).map((task) => task.lease);
    this.ready = false;
    await release(leases);
    this.show();
  }
  mark() {
    for (const button of this.querySelectorAll("[data-order]"))
      button.setAttribute("aria-pressed", button.dataset.order === this.order);
  }

  say(text, name = "") {
    const place = this.querySelector(".said");
    place.textContent = `${text} `;
    place.append(Object.assign(document.createElement("b"), { textContent: name }));
  }
  trouble(text) {
    this.querySelector(".trouble").textContent = text;
    this.troubled = Date.now();
    this.unheard = false;
  }
  lost(text) {
    this.trouble(`The server does not answer. ${text}`);
    this.unheard = true;
  }
  answered() {
    if (this.unheard) this.trouble("");
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button || event.detail > 1) return; // the second half of a double click was meant for the first
    const { digit, view, order, do: act } = button.dataset;
    if (digit) this.choose(button);
    else if (view) this.look(button);
    else if (order) this.reorder(order);
    else if (act) this.act(act);
  }
  act(name) {
    if (name === "search") this.search.open();
    else if (name === "past") this.past.open();
    else if (name === "keys") this.keys.showModal();
    else this[name]();
  }
  choose(button) {
    this.decide(JSON.parse(button.dataset.category), button.dataset.name);
  }
  look(button) {
    this.stage.querySelector("img.main").src = button.dataset.view;
    for (const one of this.stage.querySelectorAll("[data-view]"))
      one.setAttribute("aria-pressed", one === button);
  }

  pressed(event) {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const digit = digitOf(event);
    const act = ACTS[event.key.toLowerCase()];
    if (!digit && !act) return;
    event.preventDefault();
    if (act) return this.act(act);
    const button = this.stage.querySelector(`[data-digit="${digit}"]`);
    if (button) this.choose(button);
  }
}

// Gives products back; where that fails, their leases run out.
async function release(leases) {
  await Promise.all(leases.map((lease) => post(`lease/${lease}/release`).catch(() => {})));
}

async function loaded(address) {
  const picture = new Image();
  picture.src = address;
  await Promise.race([picture.decode().catch(() => {}), pause(3000)]);
}

customElements.define("review-desk", ReviewDesk);
