const PATIENCE = 1000; // milliseconds until a request that was not answered is sent again
const TIMEOUT = 15000;
const LOST = new Set([undefined, 502, 503, 504]);

const pause = (time) => new Promise((done) => setTimeout(done, time));

// An answer; where the session has ended, the page goes to sign in instead.
async function fetched(address, options) {
  const answer = await fetch(address, options);
  if (answer.status !== 401) return answer;
  location.assign("/sign-in?to=%2Freview");
  return new Promise(() => {});
}

async function post(path, body) {
  const request = { method: "POST", keepalive: true, body: JSON.stringify(body) };
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(TIMEOUT);
  const answer = await fetched(`/review/desk/${path}`, { ...request, headers, signal });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw Object.assign(new Error(said.error ?? "the server failed"), { status: answer.status });
}

// Sends a request that may be sent twice until the server takes or refuses it.
async function persist(path, body, unheard) {
  for (;;) {
    try {
      return await post(path, body);
    } catch (error) {
      if (!LOST.has(error.status)) throw error;
      unheard();
      await pause(PATIENCE);
    }
  }
}

// Decisions on their way. They outlive a reload; each is sent until the server takes or refuses it.
class Outbox {
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
      const item = this.items[0];
      try {
        const { decided } = await persist("decide", item.body, () => this.unheard());
        this.desk.answered();
        if (item.body.release) this.desk.say(together(decided, item.body), item.name);
      } catch (error) {
        this.desk.trouble(
          error.status === 409
            ? `Your hold on “${item.title}” had run out, so this decision was not kept; Past decisions tell what stands.`
            : `“${item.title}” was not decided: ${error.message}.`
        );
        if (error.status === 409) this.desk.renew();
      }
      this.items.shift();
      this.keep();
    }
  }
}

function together(decided, { also }) {
  const left = Object.keys(also).length + 1 - decided;
  return `${left ? `${left} had changed or gone to others and are left out; assigned` : "Assigned"} ${decided} products to`;
}
