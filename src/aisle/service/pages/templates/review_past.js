// The dialog with past decisions, from which a product can be looked at again.
class PastDecisions {
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
    const html = await this.ask();
    if (html === null || this.whose !== whose) return;
    this.list.innerHTML = html;
    showLocalTimes(this.list);
  }
  async older(button) {
    button.disabled = true;
    const html = await this.ask(button.dataset.older);
    button.disabled = false;
    const item = button.closest("li");
    if (html === null || !item.isConnected) return;
    item.insertAdjacentHTML("afterend", html);
    item.nextElementSibling.querySelector("button")?.focus();
    item.remove();
    showLocalTimes(this.list);
  }
  // The list as HTML, from a decision on; null where the server does not answer.
  async ask(before = "") {
    this.tell("");
    try {
      const query = new URLSearchParams({ whose: this.whose, ...(before && { before }) });
      const answer = await fetched(`/review/past?${query}`);
      if (answer.ok) return await answer.text();
    } catch {} // as where the server answers that it cannot
    this.tell("The decisions could not be fetched; the server does not answer.");
    return null;
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

function showLocalTimes(place) {
  for (const one of place.querySelectorAll("time"))
    one.textContent = new Date(one.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}
