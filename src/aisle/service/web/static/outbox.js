// Decisions on their way. They outlive a reload; each is sent until the server accepts or refuses it.
import { persist, post } from "./requests.js";

export class Outbox {
  constructor(desk) {
    this.desk = desk;
    this.place = `aisle-decisions of ${desk.dataset.reviewer}`;
    this.items = JSON.parse(sessionStorage.getItem(this.place) ?? "[]");
    this.sending = this.send();
  }
  put(item) {
    this.items.push(item);
    this.keep();
    if (this.items.length === 1) this.sending = this.send();
  }
  keep() {
    sessionStorage.setItem(this.place, JSON.stringify(this.items));
  }
  unheard() {
    const count = this.items.length === 1 ? "1 decision is" : `${this.items.length} decisions are`;
    this.desk.lost(`${count} kept here and sent again.`);
  }
  async send() {
    while (this.items.length) {
      await this.sendOne(this.items[0]);
      this.items.shift();
      this.keep();
    }
    this.desk.progress.changed();
  }
  async sendOne({ title, name, body }) {
    try {
      const { decided } = await persist(() => post("decisions", body), () => this.unheard());
      this.desk.answered();
      if (body.release) this.desk.say(together(decided, body), name);
    } catch (error) {
      this.desk.trouble(
        error.status === 409
          ? `Your hold on “${title}” had run out, so this decision was not kept; Past decisions tell what stands.`
          : `“${title}” was not decided: ${error.message}.`
      );
      if (error.status === 409) this.desk.renew();
    }
  }
}

function together(decided, { also }) {
  const left = Object.keys(also).length + 1 - decided;
  return `${left ? `${left} had changed or gone to others and are left out; assigned` : "Assigned"} ${decided} products to`;
}
